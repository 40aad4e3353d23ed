"""Sends the cases over a device, one after the other, and prints what came back to each as JSON.

    exchange.py DEVICE [LINK-LAYER ADDRESS OF THE ROUTER]

The end of a case is an echo of our own: a router that works strictly in order has said all it has to say of the packets
before, once it answers that one. So silence costs no waiting, and is told from slowness.
"""
import json
import logging
import socket
import sys
import time

logging.getLogger("scapy").setLevel(logging.ERROR)

from cases import CASES, HOST, ROUTER  # noqa: E402
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6  # noqa: E402

ALL, IPV4, IPV6 = 3, 0x0800, 0x86DD
OUTGOING = 4
FENCE = 0xFE4C

# The router answers a host with 50 errors a second, so hosts must not ask for more.
PAUSE = 0.021
PATIENCE = 10


def fence(number):
    return bytes(IPv6(src=HOST, dst=ROUTER) / ICMPv6EchoRequest(id=FENCE, seq=number))


def is_answer(packet, number):
    return packet[6:7] == b"\x3a" and packet[40:41] == b"\x81" and packet[44:48] == fence(number)[44:48]


def main(device, address="000000000000"):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL))
    link.bind((device, ALL))
    link.settimeout(PATIENCE)

    def send(packet):
        protocol = IPV4 if packet[0] >> 4 == 4 else IPV6
        link.sendto(packet, (device, protocol, 0, 0, bytes.fromhex(address.replace(":", ""))))

    def came_before(number):
        answers = []
        while True:
            packet, (_, protocol, kind, *_) = link.recvfrom(65_536)
            if kind == OUTGOING or protocol not in (IPV4, IPV6):
                continue
            if is_answer(packet, number):
                return answers
            answers.append(packet.hex())

    exchanges = {}
    for number, (name, packets) in enumerate(CASES.items(), 1):
        for packet in packets:
            send(packet)
        send(fence(number))
        exchanges[name] = {"sent": [packet.hex() for packet in packets], "answers": came_before(number)}
        time.sleep(PAUSE)
    json.dump(exchanges, sys.stdout)


main(*sys.argv[1:])
