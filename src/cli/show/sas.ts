import type { AssociationView } from '../../run/control/ipsec-views.ts';
import type { ShowSas } from '../../run/control/requests/show-sas.ts';
import type { ChangeView } from '../../run/control/views.ts';
import type { Lifetime } from '../../state/sadb/lifetime.ts';
import { oneAnswer, type Subject } from './subject.ts';

const request = 'show sas';

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

const lifetimeText = (name: string, { seconds, secondsInUse, bytes, packets }: Lifetime): string[] => {
  const parts = [
    ...(seconds === undefined ? [] : [`${seconds} s`]),
    ...(secondsInUse === undefined ? [] : [`${secondsInUse} s in use`]),
    ...(bytes === undefined ? [] : [`${bytes} bytes`]),
    ...(packets === undefined ? [] : [`${packets} packets`]),
  ];
  return parts.length === 0 ? [] : [`\t${name} lifetime: ${parts.join(', ')}`];
};

/** An association in lines, as `setkey -D` does it, but for its keys. */
export const associationLines = (entry: AssociationView): string => {
  const { protocol, spi, mode, reqid, encryption, authentication, replayWindow, encapsulation } = entry;
  const algorithms = [encryption, authentication].filter((name) => name !== undefined).join(' ');
  const extended = entry.extendedSequenceNumbers ? ' esn' : '';
  const wrapped =
    encapsulation === undefined ? '' : ` udp=${encapsulation.sourcePort}-${encapsulation.destinationPort}`;
  return [
    `${entry.source} ${entry.destination}`,
    `\t${protocol} mode=${mode} spi=${spi}(${hex(spi)}) reqid=${reqid}(${hex(reqid)})${wrapped}`,
    ...(algorithms === '' ? [] : [`\talgorithms: ${algorithms}`]),
    `\tstate=${entry.state} sent=${entry.sequence} received=${entry.received} replay=${replayWindow}${extended}`,
    `\t${entry.packets} packets, ${entry.bytes} bytes; refused: ${entry.replayed} replayed, ${entry.badIcv} with a wrong ICV`,
    ...lifetimeText('soft', entry.soft),
    ...lifetimeText('hard', entry.hard),
  ].join('\n');
};

/** An association in a line. */
export const associationLine = ({ protocol, spi, source, destination, mode, state }: AssociationView): string =>
  `${protocol} ${hex(spi)} ${source} ${destination} ${mode} ${state}`;

export const sas: Subject = {
  name: 'sas',
  sentence: 'the security associations, without their keys',
  request,
  parameters: () => ({}),
  answers: oneAnswer(request),
  draw: (answer) => (answer as ShowSas).associations.map(associationLines).join('\n'),
  drawEvent: (event) => {
    const { type, value } = event as ChangeView<AssociationView>;
    return `${type} ${associationLine(value)}`;
  },
  redraws: false,
};
