import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dropNames, dropReasons, type IcmpConsequence } from '../../src/packet/index.ts';
import { root } from './lint.ts';

const head = `# Every reason for refusal

What a packet can be refused for, in the order of their codes: the name, as in \`Drop.noRoute\`, the sentence that people read, the clause that asks for it, the ICMP
message that the sender gets (type/code, and what its parameter holds), and the counter of RFC 4293 that it raises. The tables are in \`src/packet/drops\`; this
page is made from it: \`npx vitest run test/house/reasons.test.ts -u\`.

| reason | sentence | clause | ICMPv6 | ICMPv4 | counter |
|---|---|---|---|---|---|
`;

const message = (icmp: IcmpConsequence | undefined): string =>
  icmp === undefined ? '-' : [`${icmp.type}/${icmp.code}`, icmp.parameter ?? []].flat().join(' ');

test('docs/REASONS.md says what src/packet/drops says; -u writes it', async () => {
  const rows = dropNames.slice(1).map((name, at) => {
    const reason = dropReasons[at + 1];
    if (reason === undefined) throw new Error(`${name} has no reason`);
    const { sentence, rfc, icmp6, icmp4, counter } = reason;
    return `| \`${name}\` | ${sentence} | ${rfc} | ${message(icmp6)} | ${message(icmp4)} | ${counter} |\n`;
  });
  await expect(head + rows.join('')).toMatchFileSnapshot(join(root, 'docs/REASONS.md'));
});
