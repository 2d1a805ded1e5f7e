// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes } from "../../../base/net/ip.ts";
import type { AttributeCodec } from "./codec.ts";
import { expectMultiple } from "./expect-length.ts";
import { optionalNonTransitive } from "./flags.ts";

/** CLUSTER_LIST, the latest reflector first — RFC 4456 §8. */
export interface ClusterList {
  readonly kind: "cluster-list";
  readonly flags: number;
  /** CLUSTER_IDs written as addresses. */
  readonly clusters: readonly Ip[];
}

export const clusterList: AttributeCodec<ClusterList> = {
  code: 10,
  name: "CLUSTER_LIST",
  flags: optionalNonTransitive,
  whenMalformed: "withdraw",
  decode(r, flags) {
    expectMultiple(r, 4, 1);
    const clusters: Ip[] = [];
    while (r.remaining > 0) clusters.push(ipFromBytes(r.take(4)));
    return { kind: "cluster-list", flags, clusters };
  },
  encode(a, w) {
    for (const id of a.clusters) w.put(ipToBytes(id));
  },
  format(a) {
    return a.clusters.join(" ");
  },
};
