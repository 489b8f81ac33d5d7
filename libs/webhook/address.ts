import { BlockList, isIP } from 'node:net';

/** Of IPv4, what leads to no public host: IANA's special-purpose registry, and multicast. */
const notPublic4 = networks('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]);

/**
 * Of IPv6, only this is routed in public. Outside lie, among others, the spellings of an IPv4 address inside an IPv6 one (::ffff:0:0/96,
 * 64:ff9b::/96, 64:ff9b:1::/48), ULA, link-local and multicast.
 */
const global6 = networks('ipv6', [['2000::', 3]]);
/** And of that not Teredo and the others of 2001::/23, nor documentation, nor 6to4, which may carry any IPv4 address. */
const notPublic6 = networks('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

const loopback4 = networks('ipv4', [['127.0.0.0', 8]]);
const loopback6 = networks('ipv6', [['::1', 128]]);

/** Whether an address, as it stands in an answer of DNS or in a parsed URL, is one that anybody in the world may reach. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic4.check(address, 'ipv4');
  return family === 6 && global6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
}

/** 127.0.0.0/8 and ::1, in no other spelling. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family === 4 ? loopback4.check(address, 'ipv4') : family === 6 && loopback6.check(address, 'ipv6');
}

function networks(family: 'ipv4' | 'ipv6', nets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, bits] of nets) list.addSubnet(net, bits, family);
  return list;
}
