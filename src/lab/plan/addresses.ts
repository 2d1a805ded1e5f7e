// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes, parseIp } from "../../base/net/ip.ts";
import type { Prefix } from "../../base/net/prefix.ts";

export type UnderlayFamily = "ipv4" | "ipv6";

/** All loopbacks of a lab. Labs do not see each other, so every lab has the same. */
export function loopbackPrefix(family: UnderlayFamily): Prefix {
  return family === "ipv4" ? { ip: "10.99.0.0" as Ip, length: 16 } : { ip: "fd99::" as Ip, length: 32 };
}

const groups = { reflector: 0, node: 1, spine: 255 } as const;

/** `10.99.GROUP.n` for the n-th (from 1) of its role; also the BGP identifier. */
export function routerId(role: keyof typeof groups, n: number): Ip {
  return `10.99.${groups[role]}.${n}` as Ip;
}

export function loopback(family: UnderlayFamily, role: keyof typeof groups, n: number): Ip {
  return family === "ipv4" ? routerId(role, n) : parseIp(`fd99:0:${groups[role]}::${n.toString(16)}`)!;
}

/** Both addresses of the n-th link (from 0): a /31 (RFC 3021) of 10.98.0.0/16, or a /127 (RFC 6164) of fd98::/32. */
export function linkAddresses(family: UnderlayFamily, n: number): readonly [Ip, Ip] {
  const base = ipToBytes(parseIp(family === "ipv4" ? "10.98.0.0" : "fd98::")!);
  const at = base.length - 2;
  base[at] = (n * 2) >> 8;
  base[at + 1] = (n * 2) & 255;
  const first = ipFromBytes(base);
  base[at + 1]! += 1;
  return [first, ipFromBytes(base)];
}
