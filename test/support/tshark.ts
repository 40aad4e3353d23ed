/** Captures as Wireshark reads them. */
import { mustRun } from './program.ts';

const preferences = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);

/**
 * A line for each packet that a display filter lets pass: its summary or, separated by tabs, its fields.
 *
 * @param filter empty: every packet
 */
export const tshark = async (file: string, filter = '', fields: readonly string[] = []): Promise<string[]> => {
  const lines = await mustRun(
    ...['tshark', '-n', '-r', file, ...preferences],
    ...(filter === '' ? [] : ['-Y', filter]),
    ...(fields.length === 0 ? [] : ['-T', 'fields', ...fields.flatMap((field) => ['-e', field])]),
  );
  return lines.split('\n').filter((line) => line !== '');
};

/** ICMP errors. What they quote is cut, so Wireshark can't judge its upper layers and guesses wrong. */
const quoting = 'icmpv6.type < 128 || icmp.type == 3 || icmp.type == 11 || icmp.type == 12';

/** What Wireshark can hold against a packet: against all of it, and against upper layers that are whole. */
const faults = ['ip', 'icmp', 'icmpv6'].map((protocol) => `${protocol}.checksum.status == "Bad"`);
const upperFaults = ['_ws.malformed', 'udp.checksum.status == "Bad"', 'tcp.checksum.status == "Bad"'];

/** The packets of a capture that are malformed or have a wrong checksum. */
export const faultsIn = (file: string): Promise<string[]> =>
  tshark(file, `${faults.join(' || ')} || ((${upperFaults.join(' || ')}) && !(${quoting}))`);
