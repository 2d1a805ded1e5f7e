// SPDX-License-Identifier: Apache-2.0
import type { MessageWriter } from "../wire/message-writer.ts";
import { type Address, type AddressRequest, encodeAddressRequest, formatAddressRequest } from "./address.ts";
import { type BridgePort, type BridgePortRequest, encodeBridgePortRequest, formatBridgePortRequest } from "./bridge-port.ts";
import { type FdbEntry, type FdbRequest, encodeFdbRequest, formatFdbRequest } from "./fdb.ts";
import { type Link, type LinkRequest, formatLinkRequest } from "./link.ts";
import { encodeLinkRequest } from "./link-codec.ts";
import { type Neighbour, type NeighbourRequest, encodeNeighbourRequest, formatNeighbourRequest } from "./neighbour.ts";
import { type Nexthop, type NexthopRequest, encodeNexthopRequest, formatNexthopRequest } from "./nexthop.ts";
import { type Route, type RouteRequest, formatRouteRequest } from "./route.ts";
import { encodeRouteRequest } from "./route-codec.ts";
import { type Rule, type RuleRequest, encodeRuleRequest, formatRuleRequest } from "./rule.ts";

/** A change to the kernel's tables, as plain data: made by `link.add(…)`, `fdb.append(…)` …, carried out in batches. */
export type NetlinkRequest =
  | LinkRequest
  | BridgePortRequest
  | AddressRequest
  | NeighbourRequest
  | FdbRequest
  | RouteRequest
  | RuleRequest
  | NexthopRequest;

/** What can be dumped and watched, with its value type. */
export interface NetlinkObjects {
  readonly link: Link;
  readonly "bridge-port": BridgePort;
  readonly address: Address;
  readonly neighbour: Neighbour;
  readonly fdb: FdbEntry;
  readonly route: Route;
  readonly rule: Rule;
  readonly nexthop: Nexthop;
}
export type NetlinkObject = keyof NetlinkObjects;

/** Something appeared, changed (`new`) or went away (`delete`). */
export type NetlinkEvent = {
  [K in NetlinkObject]: { readonly object: K; readonly change: "new" | "delete"; readonly value: NetlinkObjects[K] };
}[NetlinkObject];

interface RequestCodec<R> {
  readonly encode: (w: MessageWriter, r: R, sequence: number, fdOf: (namespace: string) => number) => void;
  readonly format: (r: R) => string;
}

const codecs: { readonly [K in NetlinkRequest["object"]]: RequestCodec<Extract<NetlinkRequest, { object: K }>> } = {
  link: { encode: encodeLinkRequest, format: formatLinkRequest },
  "bridge-port": { encode: encodeBridgePortRequest, format: formatBridgePortRequest },
  address: { encode: encodeAddressRequest, format: formatAddressRequest },
  neighbour: { encode: encodeNeighbourRequest, format: formatNeighbourRequest },
  fdb: { encode: encodeFdbRequest, format: formatFdbRequest },
  route: { encode: encodeRouteRequest, format: formatRouteRequest },
  rule: { encode: encodeRuleRequest, format: formatRuleRequest },
  nexthop: { encode: encodeNexthopRequest, format: formatNexthopRequest },
};

/** Writes one request. `fdOf` gives an open descriptor of a namespace path. @throws NetlinkEncodeError */
export function encodeRequest(w: MessageWriter, r: NetlinkRequest, sequence: number, fdOf: (namespace: string) => number): void {
  (codecs[r.object] as RequestCodec<NetlinkRequest>).encode(w, r, sequence, fdOf);
}

/** The iproute2 command that does the same (interfaces by index). */
export function formatRequest(r: NetlinkRequest): string {
  return (codecs[r.object] as RequestCodec<NetlinkRequest>).format(r);
}
