"""What is sent, case by case: each a name and the packets, in order. What has to come back is in the test."""
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption, IPOption_LSRR, IPOption_NOP, IPOption_RR, fragment
from scapy.layers.inet6 import (
    HBHOptUnknown, ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6ND_NS, ICMPv6PacketTooBig, ICMPv6Unknown, IPv6,
    IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Jumbo, Pad1, PadN, RouterAlert,
)
from scapy.packet import Raw

HOST, ROUTER, NEIGHBOR = "fd00:a::2", "fd00:a::1", "fd00:a::77"
FAR, NOWHERE, REJECTED = "2001:db8:1::1", "3fff::1", "2001:db8:dead::1"
HOST4, ROUTER4, NEIGHBOR4 = "10.0.1.2", "10.0.1.1", "10.0.1.77"
FAR4, NOWHERE4, REJECTED4 = "10.0.2.99", "192.0.2.1", "198.51.100.1"

CASES = {}
# Those that are answered after a while, if at all.
LATE = []
cases = 0


def case(name, *packets):
    assert name not in CASES, name
    CASES[name] = [bytes(packet) for packet in packets]


def late(name, *packets):
    case(name, *packets)
    LATE.append(name)


def identification():
    """A datagram of its own for each case."""
    return 0x5CA00000 + len(CASES)


def six(to=ROUTER, **fields):
    return IPv6(src=fields.pop("src", HOST), dst=to, **fields)


def four(to=ROUTER4, **fields):
    return IP(src=fields.pop("src", HOST4), dst=to, id=len(CASES) + 1, **fields)


def udp(length=20):
    return UDP(sport=4000, dport=9) / Raw(bytes(length))


def echo(length=16):
    return ICMPv6EchoRequest(id=len(CASES) + 1, seq=7, data=bytes(index & 0xFF for index in range(length)))


def echo4(length=16):
    return ICMP(id=len(CASES) + 1, seq=7) / Raw(bytes(index & 0xFF for index in range(length)))


def option(action, length=4):
    """An option that no one knows, with an action in the two high bits of its type."""
    return HBHOptUnknown(otype=action << 6 | 0x1E, optdata=bytes(length))


def hop_by_hop(*options, **fields):
    return IPv6ExtHdrHopByHop(options=list(options), **fields)


def destination(*options, **fields):
    return IPv6ExtHdrDestOpt(options=list(options), **fields)


def routing(kind, left, addresses=(NEIGHBOR,)):
    return IPv6ExtHdrRouting(type=kind, segleft=left, addresses=list(addresses))


def chained(*layers):
    whole = layers[0]
    for layer in layers[1:]:
        whole = whole / layer
    return whole


def piece(data, offset, more, protocol=58, **fields):
    """One fragment of a datagram of the running case; the offset is in bytes."""
    head = IPv6ExtHdrFragment(nh=protocol, offset=offset // 8, m=int(more), id=identification())
    return six(**fields) / head / Raw(data)


def pieces(packet, size, protocol=58, **fields):
    """What follows the IPv6 header, with its checksum, cut."""
    whole = bytes(six(**fields) / packet)[40:]
    cuts = range(0, len(whole), size)
    return [piece(whole[at:at + size], at, at + size < len(whole), protocol, **fields) for at in cuts]


def pieces4(packet, size, **fields):
    return fragment(four(**fields) / packet, fragsize=size)


def doubled(fragments):
    """Each twice but the last, which completes the datagram: after it, one would begin another."""
    return [each for one in fragments[:-1] for each in (one, one)] + fragments[-1:]


# Errors of the way (RFC 4443 §3.1 to §3.3)
case("hop limit 1", six(FAR, hlim=1) / udp())
case("hop limit 0", six(FAR, hlim=0) / udp())
case("hop limit 1 and 1,500 bytes", six(FAR, hlim=1) / udp(1452))
case("no route", six(NOWHERE) / udp())
case("no route, traffic class and flow label", six(NOWHERE, tc=0xB8, fl=0x12345) / udp())
case("reject route", six(REJECTED) / udp())
case("too big for the next link", six(FAR) / udp(1452))
case("too big by a byte", six(FAR) / udp(1353))
case("just not too big", six(FAR) / udp(1352))
case("port unreachable, UDP", six() / udp())
case("port unreachable, TCP", six() / TCP(sport=4000, dport=9, seq=1))
case("beyond the scope of its source", six("fd00:b::2", src="fe80::2") / udp())
case("another link-local address", six("fe80::77") / udp())

# Parameter problems (RFC 4443 §3.4, RFC 8200 §4)
case("unknown next header", six(nh=253) / Raw(bytes(8)))
case("unknown next header behind options", six() / destination(nh=253) / Raw(bytes(8)))
case("hop-by-hop options behind destination options", six() / destination() / hop_by_hop() / echo())
case("hop-by-hop options twice", six() / hop_by_hop() / hop_by_hop() / echo())
case("header past the end", six(nh=60) / destination(nh=58, len=4) / Raw(bytes(8)))
case("fragment header past the end", six(nh=44) / Raw(bytes.fromhex("3a000000")))
case("option past its header", six() / destination(HBHOptUnknown(otype=0x1E, optlen=9, optdata=bytes(4))) / echo())
case("router alert of a wrong length", six() / hop_by_hop(RouterAlert(optlen=1), Pad1()) / echo())
case("routing type 0 with a segment left", six() / routing(0, 1) / echo())
case("unknown routing type with a segment left", six() / destination() / routing(77, 1) / echo())
case("padding that is not zero", six() / destination(option(0, 0), PadN(optdata=b"\0\0\7\0")) / echo())
case("jumbogram", six(plen=0) / hop_by_hop(Jumbo(jumboplen=70000)) / echo())
case("payload length 0 before hop-by-hop options", six(plen=0) / hop_by_hop() / echo())
for place, header in (("hop-by-hop", hop_by_hop), ("destination", destination)):
    for action in range(4):
        case(f"unknown {place} option, action {action}", six() / header(option(action)) / echo())
        case(f"unknown {place} option, action {action}, to a group", six("ff02::1") / header(option(action)) / udp())
for action in range(4):
    case(f"unknown hop-by-hop option, action {action}, on the way", six(FAR) / hop_by_hop(option(action)) / udp())
case("unknown destination option on the way", six(FAR) / destination(option(2)) / udp())

# Limits (RFC 8883 §2, RFC 8504 §5.3)
case("16 headers", chained(six(), *[destination() for _ in range(16)], echo()))
case("9 options", six() / destination(*[option(0) for _ in range(9)]) / echo())
case("8 bytes of padding", six() / destination(option(0, 0), PadN(optdata=bytes(6)), option(0, 0)) / echo())
long = destination(*[option(0, 253) for _ in range(8)])
case("chain of more than 2,048 bytes", six() / long / destination() / echo())

# Chains that have to be accepted (RFC 8200 §4.1)
case("echo", six() / echo())
case("echo, hop limit 1", six(hlim=1) / echo())
case("echo, traffic class and flow label", six(tc=0x2E, fl=0xABCDE) / echo())
case("echo of no data", six() / echo(0))
case("echo to the link-local address", six("fe80::a1", src="fe80::2") / echo())
case("echo to the address on another link", six("fd00:b::1") / echo())
case("echo to all nodes", six("ff02::1") / echo())
case("echo behind hop-by-hop options", six() / hop_by_hop(option(0, 2), PadN()) / echo())
case("echo behind a router alert", six() / hop_by_hop(RouterAlert(value=7)) / echo())
case("echo behind destination options", six() / destination(option(0, 12)) / echo())
case("echo behind routing type 0, no segments left", six() / routing(0, 0) / echo())
case("echo behind an unknown routing type, no segments left", six() / routing(77, 0) / echo())
case("echo behind a header of each kind", chained(
    six(), hop_by_hop(option(0)), destination(), routing(2, 0), IPv6ExtHdrFragment(id=1), destination(), echo()))
case("echo behind destination options thrice", six() / destination() / destination() / destination() / echo())
case("echo behind 15 headers", chained(six(), *[destination() for _ in range(15)], echo()))
case("echo behind 8 options", six() / destination(*[option(0) for _ in range(8)]) / echo())
case("echo behind 7 bytes of padding", six() / destination(option(0, 0), PadN(optdata=bytes(5)), option(0, 1)) / echo())
case("echo behind 2,048 bytes of options", six() / long / echo())

# Fragments (RFC 8200 §4.5, RFC 5722, RFC 6946, RFC 6980, RFC 7112)
case("fragments in order", *pieces(echo(600), 256))
case("fragments in reverse", *reversed(pieces(echo(600), 256)))
case("fragments doubled", *doubled(pieces(echo(600), 256)))
case("fragments of 8 bytes", *pieces(echo(200), 8))
case("fragments with destination options", *pieces(destination(option(0)) / echo(100), 64, 60))
case("atomic fragment", six() / IPv6ExtHdrFragment(id=identification()) / echo())
fragments = pieces(echo(600), 256)
case("fragments that overlap", fragments[0], piece(bytes(16), 248, True), *fragments[1:])
fragments = pieces(echo(600), 256)
case("fragments that overlap by less than they are", fragments[0], piece(bytes(8), 64, True), *fragments[1:])
case("fragment beyond the end", *pieces(echo(600), 256)[2:], piece(bytes(8), 4096, True), *pieces(echo(600), 256)[:2])
case("first fragment without its upper layer", piece(bytes.fromhex("3a00010400000000"), 0, True, 60))
case("first fragment that ends inside its options", piece(bytes.fromhex("3a01010400000000"), 0, True, 60))
case("fragment of 20 bytes that is not the last", piece(bytes(20), 0, True, 17))
case("fragment beyond 65,535 bytes", piece(bytes(16), 65_528, False, 17))
case("fragment without data", piece(b"", 64, True, 17))
case("fragment of a fragment", piece(bytes(IPv6ExtHdrFragment(nh=58, m=1) / Raw(bytes(16))), 0, True, 44))
case("hop-by-hop options in a fragment", piece(bytes(hop_by_hop(nh=58) / echo()), 0, True, 0))
case("neighbor solicitation in fragments", *pieces(ICMPv6ND_NS(tgt=ROUTER) / Raw(bytes(40)), 32, hlim=255))
case("neighbor solicitation in an atomic fragment",
     six(hlim=255) / IPv6ExtHdrFragment(id=identification()) / ICMPv6ND_NS(tgt=ROUTER))
case("fragments to others", *pieces(udp(600), 256, 17, to=FAR))

# Silence (RFC 4443 §2.4 e)
case("an error without a route", six(NOWHERE) / ICMPv6DestUnreach() / six(FAR) / udp())
case("an error whose hop limit ran out", six(FAR, hlim=1) / ICMPv6PacketTooBig() / six(FAR) / udp())
case("from nobody, on the way", six(FAR, src="::") / udp())
case("from a group", six(src="ff02::1") / echo())
case("from the loopback address", six(src="::1") / echo())
case("from a mapped address", six(src="::ffff:10.0.1.2") / echo())
case("to the loopback address", six("::1") / echo())
case("to nobody", six("::") / echo())
case("to a group of others", six("ff02::1234") / echo())
case("to a group of a node", six("ff01::1") / echo())
case("to a group, without a listener", six("ff02::1") / udp())
case("echo with a wrong checksum", six() / ICMPv6EchoRequest(id=1, cksum=0x1234))
case("message of an unknown type", six() / ICMPv6Unknown(type=200, msgbody=bytes(12)))
case("version 5", six(version=5) / echo())
case("shorter than it says", six(plen=400) / echo())
case("shorter than an IPv6 header", Raw(bytes(six())[:39]))

# IPv4 (RFC 792, RFC 1122 §3.2, RFC 1812 §4.3)
case("IPv4: time to live 1", four(FAR4, ttl=1) / udp())
case("IPv4: time to live 1 and 1,500 bytes", four(FAR4, ttl=1) / udp(1472))
case("IPv4: no route", four(NOWHERE4) / udp())
case("IPv4: no route, type of service", four(NOWHERE4, tos=0xB8) / udp())
case("IPv4: reject route", four(REJECTED4) / udp())
case("IPv4: too big and may not be cut", four(FAR4, flags="DF") / udp(1472))
case("IPv4: too big and may be cut", four(FAR4) / udp(1472))
case("IPv4: port unreachable, UDP", four() / udp())
case("IPv4: port unreachable, TCP", four() / TCP(sport=4000, dport=9, seq=1))
case("IPv4: protocol unreachable", four(proto=253) / Raw(bytes(8)))
case("IPv4: option past the header", four(FAR4, options=[IPOption(b"\x44\x28\x05\x00")]) / udp())
case("IPv4: echo", four() / echo4())
case("IPv4: echo, time to live 1", four(ttl=1) / echo4())
case("IPv4: echo, type of service", four(tos=0x2E) / echo4())
case("IPv4: echo to the address on another link", four("10.0.2.1") / echo4())
case("IPv4: echo with options", four(options=[IPOption_NOP(), IPOption_RR(routers=["0.0.0.0"])]) / echo4())
case("IPv4: fragments in order", *pieces4(echo4(600), 256))
case("IPv4: fragments in reverse", *reversed(pieces4(echo4(600), 256)))
case("IPv4: fragments doubled", *doubled(pieces4(echo4(600), 256)))
case("IPv4: fragments of 8 bytes", *pieces4(echo4(200), 8))
fragments = pieces4(echo4(600), 256)
case("IPv4: fragments that overlap", fragments[0], four(frag=31, flags="MF", proto=1) / Raw(bytes(16)), *fragments[1:])
case("IPv4: fragment of 20 bytes that is not the last", four(flags="MF", proto=17) / Raw(bytes(20)))
case("IPv4: fragment beyond 65,535 bytes", four(frag=8191, proto=17) / Raw(bytes(16)))
case("IPv4: fragment that splits the TCP header", four(flags="MF", proto=6) / Raw(bytes(8)))
case("IPv4: a later fragment without a route", four(NOWHERE4, frag=4, proto=17) / Raw(bytes(16)))
case("IPv4: source route", four(FAR4, options=[IPOption_LSRR(routers=["10.0.2.2"])]) / udp())
case("IPv4: an error without a route", four(NOWHERE4) / ICMP(type=3, code=1) / four(FAR4) / udp())
case("IPv4: a wrong header checksum", four(chksum=0x1234) / echo4())
case("IPv4: a wrong ICMP checksum", four() / ICMP(id=1, chksum=0x1234))
case("IPv4: from nobody, on the way", four(FAR4, src="0.0.0.0") / udp())
case("IPv4: from a group", four(src="224.0.0.1") / echo4())
case("IPv4: from everyone", four(src="255.255.255.255") / echo4())
case("IPv4: from the loopback address", four(src="127.0.0.1") / echo4())
case("IPv4: from a reserved address", four(src="240.0.0.1") / echo4())
case("IPv4: to the loopback address", four("127.0.0.1") / echo4())
case("IPv4: to a reserved address", four("240.0.0.1") / echo4())
case("IPv4: to the broadcast address of another link", four("10.0.2.255") / udp())
case("IPv4: to everyone, without a listener", four("255.255.255.255") / udp())
case("IPv4: from a link-local address, on the way", four(FAR4, src="169.254.1.1") / udp())
case("IPv4: a header of 16 bytes", four(ihl=4) / echo4())
case("IPv4: shorter than it says", four(len=400) / echo4())

# Time exceeded (RFC 4443 §3.3, RFC 792), and neighbors who are not there (RFC 4443 §3.1)
late("fragments without the last", *pieces(echo(600), 256)[:-1])
late("fragments without the first", *pieces(echo(600), 256)[1:])
late("a neighbor who is not there", six(NEIGHBOR) / udp())
late("IPv4: fragments without the last", *pieces4(echo4(600), 256)[:-1])
late("IPv4: fragments without the first", *pieces4(echo4(600), 256)[1:])
late("IPv4: a neighbor who is not there", four(NEIGHBOR4) / udp())
