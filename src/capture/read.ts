import { isPcapMagic, readPcap } from './pcap.ts';
import { Block, readPcapng } from './pcapng.ts';
import { CaptureError, type CaptureRecord, hexadecimal } from './record.ts';

/**
 * Reads a capture file of either format, pcap or pcapng, told apart by their magic numbers. Records are made one at
 * a time and their data are views on `bytes`, so memory stays at the file's size whatever the file claims.
 *
 * @throws {@link CaptureError} where the file is damaged, after the records before that
 *
 * @example
 * for (const { interfaceName, data } of readCapture(readFileSync('in.pcapng'))) console.log(interfaceName, data.length);
 */
export function* readCapture(bytes: Uint8Array): Generator<CaptureRecord, void, undefined> {
  const expected = 'the magic number of a pcap or pcapng file';
  if (bytes.length < 4) throw new CaptureError(0, expected, `a file of ${bytes.length} bytes`);
  const magic = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  if (magic === Block.sectionHeader) yield* readPcapng(bytes);
  else if (isPcapMagic(magic)) yield* readPcap(bytes);
  else if (magic >>> 16 === 0x1f8b) throw new CaptureError(0, expected, 'gzip; unpack the file first');
  else throw new CaptureError(0, expected, hexadecimal(magic));
}
