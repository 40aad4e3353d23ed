/** Another implementation's router advertisements. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Host } from './host.ts';

/** Starts radvd on a host that forwards; it advertises a prefix with a low preference. */
export const startRadvd = (router: Host, prefix: string): void => {
  const folder = mkdtempSync(join(tmpdir(), 'umigame-live-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [config, pid] = [join(folder, 'radvd.conf'), join(folder, 'radvd.pid')];
  writeFileSync(
    config,
    `interface ${router.device} {
      AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultPreference low;
      prefix ${prefix} { };
    };`,
  );
  const radvd = router.start('radvd', '-n', '-m', 'stderr', '-C', config, '-p', pid);
  onTestFinished(async () => {
    await radvd.end();
  });
};
