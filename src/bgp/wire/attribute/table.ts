// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../../base/bytes/writer.ts";
import type { CodecContext } from "../context.ts";
import { aggregator } from "./aggregator.ts";
import { as4Aggregator } from "./as4-aggregator.ts";
import { as4Path } from "./as4-path.ts";
import { asPath } from "./as-path.ts";
import { atomicAggregate } from "./atomic-aggregate.ts";
import type { Attribute } from "./attribute.ts";
import { clusterList } from "./cluster-list.ts";
import type { AttributeCodec } from "./codec.ts";
import { communities } from "./communities.ts";
import { extendedCommunities } from "./extended-communities.ts";
import { largeCommunities } from "./large-communities.ts";
import { localPref } from "./local-pref.ts";
import { mpReach } from "./mp-reach.ts";
import { mpUnreach } from "./mp-unreach.ts";
import { multiExitDisc } from "./multi-exit-disc.ts";
import { nextHop } from "./next-hop.ts";
import { origin } from "./origin.ts";
import { originatorId } from "./originator-id.ts";
import { pmsiTunnel } from "./pmsi-tunnel.ts";
import { formatRawAttribute, rawAttributeTable } from "./raw-attribute.ts";

type KnownKind = Exclude<Attribute["kind"], "raw">;

/** Every attribute whose value we read. */
export const attributeTable: { readonly [K in KnownKind]: AttributeCodec<Extract<Attribute, { readonly kind: K }>> } = {
  origin,
  "as-path": asPath,
  "next-hop": nextHop,
  "multi-exit-disc": multiExitDisc,
  "local-pref": localPref,
  "atomic-aggregate": atomicAggregate,
  aggregator,
  communities,
  "originator-id": originatorId,
  "cluster-list": clusterList,
  "mp-reach": mpReach,
  "mp-unreach": mpUnreach,
  "extended-communities": extendedCommunities,
  "as4-path": as4Path,
  "as4-aggregator": as4Aggregator,
  "pmsi-tunnel": pmsiTunnel,
  "large-communities": largeCommunities,
};

const byCode = new Map<number, AttributeCodec<Attribute>>(
  Object.values(attributeTable).map((row) => [row.code, row as AttributeCodec<Attribute>]),
);

/** The row of an attribute that we read; undefined for the raw ones. */
export function attributeCodec(code: number): AttributeCodec<Attribute> | undefined {
  return byCode.get(code);
}

export function attributeName(code: number): string {
  return byCode.get(code)?.name ?? rawAttributeTable.find((row) => row.code === code)?.name ?? `attribute ${code}`;
}

export function attributeCode(a: Attribute): number {
  return a.kind === "raw" ? a.code : attributeTable[a.kind].code;
}

export function encodeAttributeValue(a: Attribute, w: Writer, context: CodecContext): void {
  if (a.kind === "raw") w.put(a.value);
  // The row under a kind takes that kind; the compiler cannot follow the correlation.
  else (attributeTable[a.kind] as AttributeCodec<Attribute>).encode(a, w, context);
}

/** The value for people: `65001 65002`, `RT:65000:100 ET:vxlan`. */
export function formatAttribute(a: Attribute): string {
  if (a.kind === "raw") return formatRawAttribute(a);
  return (attributeTable[a.kind] as AttributeCodec<Attribute>).format(a);
}
