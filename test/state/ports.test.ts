import { describe, expect, it } from 'vitest';
import { Ports } from '../../src/state/ports.ts';

const one = (): void => undefined;
const other = (): undefined => undefined;

describe('Ports', () => {
  it('find who listens on the port, else who listens to the whole protocol', () => {
    const ports = new Ports();
    ports.listen(17, 53, one);
    ports.listen(17, 0, other);
    expect([ports.receiver(17, 53), ports.receiver(17, 54), ports.receiver(6, 53)]).toEqual([one, other, undefined]);
  });

  it('tell protocols and ports apart up to their greatest numbers', () => {
    const ports = new Ports();
    ports.listen(255, 65_535, one);
    expect([ports.receiver(255, 65_535), ports.receiver(254, 65_535), ports.receiver(255, 65_534)]).toEqual([
      one,
      undefined,
      undefined,
    ]);
  });

  it('are free again after release, once', () => {
    const ports = new Ports();
    const release = ports.listen(17, 53, one);
    release();
    ports.listen(17, 53, other);
    release();
    expect(ports.receiver(17, 53)).toBe(other);
  });

  it('refuse a second listener and one too many', () => {
    const ports = new Ports({ limit: 1 });
    ports.listen(17, 53, one);
    expect(() => ports.listen(17, 53, other)).toThrow('umigame: protocol 17 port 53 is in use');
    expect(() => ports.listen(17, 54, other)).toThrow('umigame: no more than 1 listeners');
  });
});

describe('Ports for errors', () => {
  const mine = (): boolean => true;
  const theirs = (): boolean => false;

  it('are found as those for packets are, and apart from them', () => {
    const ports = new Ports({ limit: 2 });
    ports.listen(17, 53, one);
    ports.listenErrors(17, 53, mine);
    const release = ports.listenErrors(17, 0, theirs);
    expect([ports.errorReceiver(17, 53), ports.errorReceiver(17, 54), ports.receiver(17, 53)]).toEqual([
      mine,
      theirs,
      one,
    ]);
    expect(() => ports.listenErrors(17, 53, theirs)).toThrow('umigame: protocol 17 port 53 is in use');
    expect(() => ports.listenErrors(6, 1, mine)).toThrow('umigame: no more than 2 listeners');
    release();
    expect(ports.errorReceiver(17, 54)).toBeUndefined();
  });
});
