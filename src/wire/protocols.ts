/**
 * Protocol numbers that appear as IPv4 Protocol or IPv6 Next Header (IANA "Assigned Internet Protocol Numbers").
 *
 * @module
 */
export const Protocol = {
  hopByHop: 0,
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  noNextHeader: 59,
  destinationOptions: 60,
  ipcomp: 108,
  sctp: 132,
  mobility: 135,
  udpLite: 136,
} as const;
