"""Encrypts and decrypts with scapy: a question a line, an answer a line, both JSON."""
import json
import sys

from scapy.all import IP, IPv6, UDP, raw
from scapy.layers.ipsec import AH, ESP, SecurityAssociation

heads = {4: IP, 6: IPv6}
protocols = {"esp": ESP, "ah": AH}


def association(q):
    tunnel = q.get("tunnel")
    wrap = q.get("udp")
    return SecurityAssociation(
        protocols[q["protocol"]],
        spi=q["spi"],
        seq_num=q.get("sequence", 1),
        crypt_algo=q.get("encryption"),
        crypt_key=bytes.fromhex(q.get("encryptionKey", "")) or None,
        auth_algo=q.get("authentication"),
        auth_key=bytes.fromhex(q.get("authenticationKey", "")) or None,
        tunnel_header=heads[tunnel["family"]](src=tunnel["source"], dst=tunnel["destination"]) if tunnel else None,
        nat_t_header=UDP(sport=wrap[0], dport=wrap[1]) if wrap else None,
        esn_en=q.get("extended", False),
        esn=q.get("sequenceHigh", 0),
    )


for line in sys.stdin:
    question = json.loads(line)
    try:
        packet = bytes.fromhex(question["packet"])
        parsed = heads[packet[0] >> 4](packet)
        sa = association(question)
        made = sa.encrypt(parsed) if question["do"] == "encrypt" else sa.decrypt(parsed)
        if question["do"] == "encrypt" and "udp" in question:
            made[UDP].len = None  # scapy counts the header alone
        print(json.dumps({"packet": raw(made).hex()}), flush=True)
    except Exception as error:  # the test shows it
        print(json.dumps({"error": "%s: %s" % (type(error).__name__, error)}), flush=True)
