/**
 * Writes captures/demo.pcapng: what two hosts sent to a router in two seconds, good and bad. `umigame demo` replays it
 * where it may not open devices.
 *
 *     npx tsx scripts/make-capture.ts
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { LinkType, PcapngWriter } from '../src/capture/index.ts';
import {
  bytesOf,
  destinationOptions,
  echoRequest4,
  echoRequest6,
  hopByHop,
  ipv4,
  ipv6,
  type Layer,
  option,
  payload,
  routerAlert,
  routing,
  tcp,
  udp,
} from '../src/testing/index.ts';
import { Flag } from '../src/wire/tcp.ts';

const file = openSync(new URL('../captures/demo.pcapng', import.meta.url), 'w');
const writer = new PcapngWriter({
  write: (bytes) => {
    writeSync(file, bytes);
  },
});
const uma = writer.addInterface('uma', LinkType.raw);
const umb = writer.addInterface('umb', LinkType.raw);
const a6 = 'fd00:a::2';
const b6 = 'fd00:b::2';
const a4 = '10.0.1.2';
const b4 = '10.0.2.2';

let milliseconds = Date.UTC(2026, 0, 1);
const put = (link: number, ...layers: readonly (Layer | Uint8Array)[]): void => {
  milliseconds += 5;
  const bytes = bytesOf(...layers);
  const time = { seconds: Math.floor(milliseconds / 1_000), nanoseconds: (milliseconds % 1_000) * 1_000_000 };
  writer.packet(link, time, bytes, 0, bytes.length, { direction: 'inbound' });
};
const times = (count: number, act: (turn: number) => void): void => {
  for (let turn = 0; turn < count; turn += 1) act(turn);
};

// Pings both ways, and to the router itself.
times(40, (sequenceNumber) => {
  put(uma, ipv6({ source: a6, destination: b6 }), echoRequest6({ identifier: 1, sequenceNumber }), payload(56));
  put(umb, ipv6({ source: b6, destination: a6 }), echoRequest6({ identifier: 2, sequenceNumber }), payload(56));
  put(uma, ipv4({ source: a4, destination: b4 }), echoRequest4({ identifier: 3, sequenceNumber }), payload(56));
});
times(5, (sequenceNumber) => {
  put(
    uma,
    ipv6({ source: a6, destination: 'fd00:a::1' }),
    echoRequest6({ identifier: 4, sequenceNumber }),
    payload(56),
  );
  put(umb, ipv4({ source: b4, destination: '10.0.1.1' }), echoRequest4({ identifier: 5, sequenceNumber }), payload(56));
});
// A traceroute: the first hop is the router.
times(6, (probe) => {
  const hopLimit = 1 + Math.floor(probe / 3);
  put(
    uma,
    ipv6({ source: a6, destination: b6, hopLimit }),
    udp({ sourcePort: 50_000, destinationPort: 33_434 + probe }),
    payload(32),
  );
});
// A transfer.
times(60, (turn) => {
  const fields = { sourcePort: 40_000, destinationPort: 443, sequenceNumber: 1 + turn * 1_280, flags: Flag.ack };
  put(uma, ipv6({ source: a6, destination: b6 }), tcp(fields), payload(1_280));
  put(umb, ipv6({ source: b6, destination: a6 }), tcp({ sourcePort: 443, destinationPort: 40_000, flags: Flag.ack }));
});
// Larger than umb carries: told so in IPv6, cut in two in IPv4, told so again where it may not be cut.
times(3, (sequenceNumber) => {
  put(uma, ipv6({ source: a6, destination: b6 }), echoRequest6({ identifier: 6, sequenceNumber }), payload(1_400));
  put(uma, ipv4({ source: a4, destination: b4 }), echoRequest4({ identifier: 6, sequenceNumber }), payload(1_400));
  put(
    uma,
    ipv4({ source: a4, destination: b4, dontFragment: true }),
    echoRequest4({ identifier: 7, sequenceNumber }),
    payload(1_400),
  );
});
// Nowhere, refused, swallowed.
times(4, (sequenceNumber) => {
  put(
    uma,
    ipv6({ source: a6, destination: '2001:db9::1' }),
    echoRequest6({ identifier: 8, sequenceNumber }),
    payload(8),
  );
  put(
    uma,
    ipv6({ source: a6, destination: '2001:db8:dead::1' }),
    echoRequest6({ identifier: 9, sequenceNumber }),
    payload(8),
  );
  put(
    uma,
    ipv6({ source: a6, destination: '2001:db8:dea::1' }),
    echoRequest6({ identifier: 10, sequenceNumber }),
    payload(8),
  );
  put(
    umb,
    ipv4({ source: b4, destination: '192.0.2.1' }),
    echoRequest4({ identifier: 11, sequenceNumber }),
    payload(8),
  );
});
// Extension headers, welcome and unwelcome.
const toRouter = ipv6({ source: a6, destination: 'fd00:a::1' });
put(uma, ipv6({ source: a6, destination: b6 }), hopByHop(routerAlert()), udp({ destinationPort: 9 }), payload(8));
put(
  uma,
  ipv6({ source: a6, destination: b6 }),
  hopByHop(option(0x8a, payload(4))),
  udp({ destinationPort: 9 }),
  payload(8),
);
put(uma, toRouter, destinationOptions(option(0x4b, payload(4))), udp({ destinationPort: 9 }), payload(8));
put(uma, toRouter, routing({ routingType: 0, segmentsLeft: 1, data: payload(16) }), udp({ destinationPort: 9 }));
// Bytes that no host should send.
put(uma, ipv6({ source: 'ff02::1', destination: b6 }), echoRequest6({}), payload(8));
put(uma, ipv6({ source: a6, destination: b6, payloadLength: 2_000 }), echoRequest6({}), payload(8));
put(umb, ipv4({ source: b4, destination: a4, headerChecksum: 0xbad }), echoRequest4({}), payload(8));
put(umb, ipv6({ source: b6, destination: a6, version: 9 }), echoRequest6({}), payload(8));
put(umb, ipv6({ source: b6, destination: 'fd00:b::77' }), echoRequest6({}), payload(8));
put(umb, ipv6({ source: b6, destination: 'fd00:b::1' }), udp({ destinationPort: 7 }), payload(8));

writer.end();
closeSync(file);
