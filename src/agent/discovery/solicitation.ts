// SPDX-License-Identifier: Apache-2.0
import { putIcmp6Checksum } from "../../base/net/icmp6-checksum.ts";
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import { type Mac, macToBytes } from "../../base/net/mac.ts";
import type { NamespaceName } from "../desired/object.ts";

/** A question to one station: is this address still yours? */
export interface Question {
  readonly ns: NamespaceName;
  /** ifindex of the bridge that it goes out of. */
  readonly index: number;
  /** MAC of the bridge, which gets the answer. */
  readonly from: Mac;
  readonly ip: Ip;
  readonly mac: Mac;
}

/**
 * A neighbour solicitation for an IPv6 address to the MAC itself (RFC 4861 §7.3.3). Its source is the link-local address that the bridge's MAC would give
 * it, whether the bridge has one or not: from `::` it would be duplicate address detection, and make a workload that is
 * just configuring the address give it up (RFC 4862 §5.4.3). The source link-layer address spares the station asking for ours.
 */
export function solicitation({ from, ip, mac }: Question): Uint8Array {
  const b = new Uint8Array(86);
  b.set(macToBytes(mac), 0);
  b.set(macToBytes(from), 6);
  b.set([0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255], 12);
  b.set(linkLocal(from), 22);
  b.set(ipToBytes(ip), 38);
  b[54] = 135;
  b.set(ipToBytes(ip), 62);
  b.set([1, 1], 78);
  b.set(macToBytes(from), 80);
  putIcmp6Checksum(b);
  return b;
}

/** RFC 4291 appendix A: modified EUI-64. */
function linkLocal(mac: Mac): Uint8Array {
  const [a, b, c, d, e, f] = macToBytes(mac) as Uint8Array & [number, number, number, number, number, number];
  return Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f);
}
