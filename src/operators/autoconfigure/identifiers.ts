import { address6, type IpAddress, type IpPrefix } from '../../wire/address.ts';

export const stableAddress = ({
  prefix,
  interfaceName,
  collisions,
  secret,
}: {
  readonly prefix: IpPrefix;
  readonly interfaceName: string;
  readonly collisions: number;
  readonly secret: Uint8Array;
}): IpAddress => {
  let h = 17 + collisions;
  for (const c of interfaceName) h = Math.imul(h, 31) + c.charCodeAt(0);
  for (const c of secret) h = Math.imul(h, 31) + c;
  return address6(prefix.address.w0, prefix.address.w1, Math.imul(h, 77) | 1, h | 0);
};

export const temporaryAddress = (prefix: IpPrefix, random: () => number): IpAddress =>
  address6(
    prefix.address.w0,
    prefix.address.w1,
    Math.floor(random() * 0x100000000) | 0,
    Math.floor(random() * 0x100000000) | 0,
  );
