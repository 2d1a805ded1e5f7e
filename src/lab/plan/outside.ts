// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../../base/net/ip.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { LabTopology } from "../../contract/config/lab-schema.ts";
import { namespaceName } from "./names.ts";

/** The public side of a lab: one segment with the nodes' `pub0` and a host that stands for everybody outside. */
export interface PlannedOutside {
  readonly name: "outside";
  readonly namespace: string;
  /** Of the host outside: the last but one of each subnet, and of IPv6 `::ffff`. */
  readonly addresses: readonly Prefix[];
  /** By node of kind `weft`: the first ones. */
  readonly nodes: ReadonlyMap<string, readonly Prefix[]>;
}

/** Interface of a node towards the public segment. */
export const publicInterface = "pub0";

export function planOutside(t: LabTopology): PlannedOutside | undefined {
  if (!t.public) return undefined;
  const { subnets } = t.public;
  const nodes = Object.entries(t.nodes).flatMap(([name, n]) => (n.kind === "weft" ? [name] : []));
  return {
    name: "outside",
    namespace: namespaceName(t.name, "outside"),
    addresses: subnets.map((s) => ({ ip: addressIn(s, isIp4(s.ip) ? 2 ** (32 - s.length) - 2 : 0xffff), length: s.length })),
    nodes: new Map(nodes.map((name, i) => [name, subnets.map((s) => ({ ip: addressIn(s, i + 1), length: s.length }))])),
  };
}

function addressIn({ ip }: Prefix, n: number): Ip {
  const bytes = ipToBytes(ip);
  for (let i = bytes.length - 1, left = n; left > 0; i--, left = Math.floor(left / 256)) bytes[i] = bytes[i]! + (left % 256);
  return ipFromBytes(bytes);
}
