/**
 * Which associations serve a policy, and how large they make a packet.
 *
 * @module
 */
import type { Packet } from '../../packet/packet.ts';
import { type Association, destinationAt, Mode, securityProtocolName } from '../../state/sadb/association.ts';
import type { Sadb, Wanted } from '../../state/sadb.ts';
import type { Policy, Request } from '../../state/spd/policy.ts';
import type { Verdict } from '../../state/spd/verdict.ts';
import { type IpAddress, readAddress4, readAddress6 } from '../../wire/address.ts';
import * as ipv4 from '../../wire/ipv4.ts';
import * as ipv6 from '../../wire/ipv6.ts';
import { Protocol } from '../../wire/protocols.ts';
import { ahLength } from './ah.ts';
import { espLength, espRoom } from './esp.ts';
import { outerLength } from './tunnel.ts';

/** The association for a request of the verdict's policy. */
export const associationOf = (verdict: Verdict, index: number): Association | undefined => {
  if (index === 0) return verdict.association0;
  if (index === 1) return verdict.association1;
  return index === 2 ? verdict.association2 : verdict.association3;
};

const setAssociation = (verdict: Verdict, index: number, association: Association | undefined): void => {
  if (index === 0) verdict.association0 = association;
  else if (index === 1) verdict.association1 = association;
  else if (index === 2) verdict.association2 = association;
  else verdict.association3 = association;
};

/** What is asked of whoever negotiates keys. */
const wantedOf = (request: Request, family: number, view: DataView, sourceAt: number, targetAt: number): Wanted => {
  const read = (at: number): IpAddress => (family === 6 ? readAddress6(view, at) : readAddress4(view, at));
  const { mode, reqid = 0 } = request.spec;
  const protocol = securityProtocolName(request.protocol);
  return { protocol, mode, reqid, source: read(sourceAt), destination: read(targetAt) };
};

/**
 * Finds the associations for a policy's requests, innermost first; a request in transport mode behind one in tunnel mode
 * is for the tunnel's ends. What was found is kept with the verdict until associations change.
 *
 * @returns the place of the request that can't be met and may not be left out; -1 if there is none
 */
export const resolve = (sadb: Sadb, verdict: Verdict, packet: Packet): number => {
  if (verdict.resolved === sadb.generation) return -1;
  const { requests } = verdict.policy;
  let { family, view } = packet;
  const offsets = family === 6 ? ipv6.offsets : ipv4.offsets;
  let sourceAt = packet.start + offsets.source;
  let targetAt = packet.start + offsets.destination;
  for (let i = 0; i < requests.length; i += 1) {
    const request = requests[i] as Request;
    if (request.mode === Mode.tunnel) {
      family = request.family;
      view = request.endpoints;
      sourceAt = 0;
      targetAt = destinationAt;
    }
    const { protocol, mode, reqid } = request;
    const found = sadb.select(protocol, mode, reqid, family, view, sourceAt, targetAt);
    setAssociation(verdict, i, found);
    if (found === undefined) {
      sadb.acquire(wantedOf(request, family, view, sourceAt, targetAt));
      if (request.required) return i;
    }
  }
  // What is missing is asked for again with the next packet.
  const isWhole = requests.every((_, i) => associationOf(verdict, i) !== undefined);
  verdict.resolved = isWhole ? sadb.generation : 0;
  return -1;
};

/** Bytes of a packet protected by an association; `before` are the bytes of headers that transport mode leaves outside. */
const lengthBy = (association: Association, mode: number, length: number, before: number, family: number): number => {
  const isTunnel = mode === Mode.tunnel;
  const outside = isTunnel ? outerLength(association) : before;
  const inside = isTunnel ? Math.max(length, association.padTo) : length - before;
  if (association.protocol === Protocol.esp) return outside + espLength(association, inside);
  if (association.protocol === Protocol.ah) {
    return outside + ahLength(association, isTunnel ? association.family : family) + (isTunnel ? length : inside);
  }
  return length;
};

/** Bytes of a packet behind all its protections. Compression is not reckoned with: it may not come about. */
export const lengthBehind = (policy: Policy, verdict: Verdict, packet: Packet, before: number): number => {
  let length = packet.end - packet.start;
  let { family } = packet;
  let outside = before;
  for (let i = 0; i < policy.requests.length; i += 1) {
    const association = associationOf(verdict, i);
    if (association === undefined) continue;
    const { mode } = policy.requests[i] as Request;
    length = lengthBy(association, mode, length, outside, family);
    if (mode !== Mode.tunnel) continue;
    family = association.family;
    outside = outerLength(association);
  }
  return length;
};

/** The longest packet that is no longer than `mtu` behind all its protections: what its sender is told. */
export const roomWithin = (policy: Policy, verdict: Verdict, mtu: number, before: number, family: number): number => {
  let room = mtu;
  for (let i = policy.requests.length - 1; i >= 0; i -= 1) {
    const association = associationOf(verdict, i);
    if (association === undefined) continue;
    const { mode } = policy.requests[i] as Request;
    const isTunnel = mode === Mode.tunnel;
    const outside = isTunnel ? outerLength(association) : before;
    if (association.protocol === Protocol.esp) {
      room = espRoom(association, room - outside) + (isTunnel ? 0 : outside);
    } else if (association.protocol === Protocol.ah) {
      room -= ahLength(association, isTunnel ? association.family : family) + (isTunnel ? outside : 0);
    }
  }
  return room;
};

/** The outermost tunnel: where the packet goes in the end; undefined if there is none. */
export const outermostTunnel = (policy: Policy, verdict: Verdict): Association | undefined => {
  for (let i = policy.requests.length - 1; i >= 0; i -= 1) {
    const association = associationOf(verdict, i);
    if (association !== undefined && (policy.requests[i] as Request).mode === Mode.tunnel) return association;
  }
  return undefined;
};
