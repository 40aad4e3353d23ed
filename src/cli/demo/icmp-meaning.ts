import * as icmp4 from '../../wire/icmp4.ts';
import * as icmp6 from '../../wire/icmp6.ts';

const { Type: Type4, Unreachable: Unreachable4 } = icmp4;
const { Type: Type6, Unreachable: Unreachable6 } = icmp6;

const unreachable6: Readonly<Record<number, string>> = {
  [Unreachable6.noRoute]: 'no route',
  [Unreachable6.administrativelyProhibited]: 'prohibited',
  [Unreachable6.beyondScope]: 'beyond scope',
  [Unreachable6.address]: 'address unreachable',
  [Unreachable6.port]: 'port unreachable',
  [Unreachable6.rejectRoute]: 'reject route',
};

const unreachable4: Readonly<Record<number, string>> = {
  [Unreachable4.network]: 'no route',
  [Unreachable4.host]: 'host unreachable',
  [Unreachable4.protocol]: 'protocol unreachable',
  [Unreachable4.port]: 'port unreachable',
  [Unreachable4.fragmentationNeeded]: 'packet too big',
  [Unreachable4.networkProhibited]: 'prohibited',
  [Unreachable4.hostProhibited]: 'prohibited',
  [Unreachable4.administrativelyProhibited]: 'prohibited',
};

const meaning6 = (type: number, code: number): string | undefined => {
  if (type === Type6.destinationUnreachable) return unreachable6[code];
  if (type === Type6.packetTooBig) return 'packet too big';
  if (type === Type6.timeExceeded) return 'time exceeded';
  return type === Type6.parameterProblem ? 'parameter problem' : undefined;
};

const meaning4 = (type: number, code: number): string | undefined => {
  if (type === Type4.destinationUnreachable) return unreachable4[code];
  if (type === Type4.timeExceeded) return 'time exceeded';
  return type === Type4.parameterProblem ? 'parameter problem' : undefined;
};

/** An ICMP error in the words that both IP versions share. */
export const icmpMeaning = (family: 4 | 6, type: number, code: number): string =>
  (family === 6 ? meaning6(type, code) : meaning4(type, code)) ?? `type ${type}, code ${code}`;
