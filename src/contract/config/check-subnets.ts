// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../../base/net/ip.ts";
import { formatPrefix, type Prefix, prefixContains } from "../../base/net/prefix.ts";
import { type ConfigPath, formatPath } from "./problem.ts";
import type { Complain } from "./read-file.ts";

export interface PlacedSubnet {
  readonly domain: string;
  readonly network: string;
  readonly cidr: Prefix;
  readonly path: ConfigPath;
}

/** Within a domain an address belongs to one subnet; other domains may have it, too. The same one twice in a network is told elsewhere. */
export function checkOverlaps(subnets: readonly PlacedSubnet[], complain: Complain): void {
  const sorted = subnets.map((s, order) => ({ ...s, order })).toSorted((a, b) => a.cidr.length - b.cidr.length || a.order - b.order);
  const byDomain = Map.groupBy(sorted, (s) => s.domain);
  for (const list of byDomain.values()) {
    list.forEach((subnet, i) => {
      const other = list.slice(0, i).find((o) => overlap(o.cidr, subnet.cidr) && !isSame(o, subnet));
      if (!other) return;
      // The later one in the file is the one to change.
      const [first, second] = other.order < subnet.order ? [other, subnet] : [subnet, other];
      complain(
        "WEFT_CONFIG_CONFLICT",
        second.path,
        `${formatPrefix(second.cidr)} overlaps ${formatPrefix(first.cidr)} at ${formatPath(first.path)}, which is in domain "${first.domain}", too`,
        "an address of a domain belongs to one network",
        "choose another prefix, or put one of the networks into another domain",
      );
    });
  }
}

function isSame(a: PlacedSubnet, b: PlacedSubnet): boolean {
  return a.network === b.network && formatPrefix(a.cidr) === formatPrefix(b.cidr);
}

/** Undefined where there is none: IPv6, and links of two or one. */
export function broadcastOf({ ip, length }: Prefix): Ip | undefined {
  if (!isIp4(ip) || length > 30) return undefined;
  const octets = ipToBytes(ip);
  for (let bit = length; bit < 32; bit++) octets[bit >> 3]! |= 0x80 >> (bit & 7);
  return ipFromBytes(octets);
}

/** `a` is not longer than `b`. */
function overlap(a: Prefix, b: Prefix): boolean {
  return isIp4(a.ip) === isIp4(b.ip) && prefixContains(a, b.ip);
}
