// SPDX-License-Identifier: Apache-2.0
import type { Aggregator } from "./aggregator.ts";
import type { As4Aggregator } from "./as4-aggregator.ts";
import type { As4Path } from "./as4-path.ts";
import type { AsPath } from "./as-path.ts";
import type { AtomicAggregate } from "./atomic-aggregate.ts";
import type { ClusterList } from "./cluster-list.ts";
import type { Communities } from "./communities.ts";
import type { ExtendedCommunities } from "./extended-communities.ts";
import type { LargeCommunities } from "./large-communities.ts";
import type { LocalPref } from "./local-pref.ts";
import type { MpReach } from "./mp-reach.ts";
import type { MpUnreach } from "./mp-unreach.ts";
import type { MultiExitDisc } from "./multi-exit-disc.ts";
import type { NextHop } from "./next-hop.ts";
import type { Origin } from "./origin.ts";
import type { OriginatorId } from "./originator-id.ts";
import type { PmsiTunnel } from "./pmsi-tunnel.ts";
import type { RawAttribute } from "./raw-attribute.ts";

/** A path attribute. Each keeps its flags octet exactly as received, the extended-length bit included. */
export type Attribute =
  | Origin
  | AsPath
  | NextHop
  | MultiExitDisc
  | LocalPref
  | AtomicAggregate
  | Aggregator
  | Communities
  | OriginatorId
  | ClusterList
  | MpReach
  | MpUnreach
  | ExtendedCommunities
  | As4Path
  | As4Aggregator
  | PmsiTunnel
  | LargeCommunities
  | RawAttribute;

/** The first attribute of a kind: `attributeOf(list, "local-pref")?.preference`. */
export function attributeOf<K extends Attribute["kind"]>(
  attributes: readonly Attribute[],
  kind: K,
): Extract<Attribute, { readonly kind: K }> | undefined {
  return attributes.find((a): a is Extract<Attribute, { readonly kind: K }> => a.kind === kind);
}
