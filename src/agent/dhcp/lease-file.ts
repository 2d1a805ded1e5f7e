// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4, parseIp } from "../../base/net/ip.ts";

/** An address that a workload has. */
export interface Lease {
  readonly ip: Ip;
  /** Of the port; empty when dnsmasq does not know one. */
  readonly name: string;
  /** Since the epoch, in seconds; 0: never. */
  readonly expires: number;
}

/**
 * Reads the lease file of dnsmasq(8): `EXPIRY MAC IP NAME CLIENT-ID`, after a line `duid …` with `EXPIRY IAID IP NAME DUID` for IPv6. Lines
 * that are cut short, because it is being written, are left out.
 */
export function readLeases(text: string): readonly Lease[] {
  return text.split("\n").flatMap((line) => {
    const [expires, , address, name] = line.split(" ");
    const ip = parseIp(address ?? "");
    if (ip === undefined || name === undefined || !/^\d+$/.test(expires!)) return [];
    return [{ ip, name: name === "*" ? "" : name, expires: Number(expires) }];
  });
}

export interface LeaseChanges {
  readonly given: readonly Lease[];
  readonly ended: readonly Lease[];
}

/** Renewals are no change. */
export function leaseChanges(before: readonly Lease[], after: readonly Lease[]): LeaseChanges {
  const [had, has] = [new Set(before.map((l) => l.ip)), new Set(after.map((l) => l.ip))];
  return { given: after.filter((l) => !had.has(l.ip)), ended: before.filter((l) => !has.has(l.ip)) };
}

export function countFamilies(leases: readonly Lease[]): { readonly ipv4: number; readonly ipv6: number } {
  const ipv4 = leases.filter((l) => isIp4(l.ip)).length;
  return { ipv4, ipv6: leases.length - ipv4 };
}
