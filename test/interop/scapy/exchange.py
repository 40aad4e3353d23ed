"""Sends the cases over a device, one after the other, and prints what came back to each as JSON.

    exchange.py DEVICE [LINK-LAYER ADDRESS OF THE ROUTER]

The end of a case is an echo of our own: a router that works strictly in order has said all it has to say of the packets
before, once it answers that one. So silence costs no waiting, and is told from slowness. What is answered late is sent
together at the end; after a while, each answer is given to the case whose packet it quotes.
"""
import json
import logging
import socket
import sys
import time

logging.getLogger("scapy").setLevel(logging.ERROR)

from cases import CASES, HOST, HOST4, LATE, ROUTER, ROUTER4  # noqa: E402
from scapy.layers.inet import ICMP, IP  # noqa: E402
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6  # noqa: E402

ALL, IPV4, IPV6 = 3, 0x0800, 0x86DD
OUTGOING = 4
FENCE = 0xFE4C

# The router answers a host with 50 errors a second, so hosts must not ask for more.
PAUSE = 0.021
PATIENCE = 10

# Reassembly is given up after 2 s in this lab, a neighbor after three times 1 s.
LATENESS = 5


def fence(number):
    return bytes(IPv6(src=HOST, dst=ROUTER) / ICMPv6EchoRequest(id=FENCE, seq=number))


def is_answer(packet, number):
    return packet[6:7] == b"\x3a" and packet[40:41] == b"\x81" and packet[44:48] == fence(number)[44:48]


def is_discovery(packet):
    """What nodes on Ethernet ask and tell each other besides: Neighbor Solicitation and Advertisement, Redirect."""
    return packet[6:8] == b"\x3a\xff" and packet[40] in (135, 136, 137)


def frame_address(packet, router):
    """The link-layer address for a packet: a group's is made of it (RFC 2464 §7, RFC 1112 §6.4)."""
    if packet[0] >> 4 == 4:
        if packet[16:20] == b"\xff\xff\xff\xff":
            return b"\xff" * 6
        return b"\x01\0\x5e" + bytes([packet[17] & 0x7F]) + packet[18:20] if packet[16] >> 4 == 14 else router
    return b"\x33\x33" + packet[36:40] if packet[24:25] == b"\xff" else router


def main(device, router=""):
    router = bytes.fromhex(router.replace(":", ""))
    link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL))
    link.bind((device, ALL))
    link.settimeout(PATIENCE)

    def send(packet):
        protocol = IPV4 if packet[0] >> 4 == 4 else IPV6
        address = frame_address(packet, router) if router else bytes(6)
        link.sendto(packet, (device, protocol, 0, 0, address))

    def came_before(number):
        send(fence(number))
        answers = []
        while True:
            packet, (_, protocol, kind, *_) = link.recvfrom(65_536)
            if kind == OUTGOING or protocol not in (IPV4, IPV6) or (router and is_discovery(packet)):
                continue
            if is_answer(packet, number):
                return answers
            answers.append(packet.hex())

    # On Ethernet the first packet to each address waits until it is resolved.
    for greeting in (
        IPv6(src="fe80::2", dst="fe80::a1") / ICMPv6EchoRequest(),
        IP(src=HOST4, dst=ROUTER4) / ICMP(),
        IPv6(src=HOST, dst=ROUTER) / ICMPv6EchoRequest(),
    ):
        request = bytes(greeting)
        at, length = (12, 4) if request[0] >> 4 == 4 else (8, 16)
        ends = request[at + length:at + 2 * length] + request[at:at + length]
        send(request)
        while link.recv(65_536)[at:at + 2 * length] != ends:
            pass

    came_before(0)
    exchanges = {}
    for number, (name, packets) in enumerate(CASES.items(), 1):
        if name in LATE:
            continue
        for packet in packets:
            send(packet)
        exchanges[name] = {"sent": [packet.hex() for packet in packets], "answers": came_before(number)}
        time.sleep(PAUSE)

    for name in LATE:
        for packet in CASES[name]:
            send(packet)
    time.sleep(LATENESS)
    answers = came_before(len(CASES) + 1)
    for name in LATE:
        sent = [packet.hex() for packet in CASES[name]]
        mine = [answer for answer in answers if any(packet in answer for packet in sent)]
        exchanges[name] = {"sent": sent, "answers": mine}
        answers = [answer for answer in answers if answer not in mine]
    assert not answers, answers
    json.dump(exchanges, sys.stdout)


main(*sys.argv[1:])
