// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../base/bytes/hex.ts";
import type { ExtendedCommunityCodec } from "./codec.ts";
import { color } from "./color.ts";
import { defaultGateway } from "./default-gateway.ts";
import { dfElection } from "./df-election.ts";
import { encapsulation } from "./encapsulation.ts";
import { esImport } from "./es-import.ts";
import { esiLabel } from "./esi-label.ts";
import type { ExtendedCommunity } from "./extended-community.ts";
import { groupPolicyId } from "./group-policy-id.ts";
import { linkBandwidth } from "./link-bandwidth.ts";
import { macMobility } from "./mac-mobility.ts";
import { neighbourFlags } from "./neighbour-flags.ts";
import { routeOrigin } from "./route-origin.ts";
import { routeTarget } from "./route-target.ts";
import { routerMac } from "./router-mac.ts";

type KnownKind = Exclude<ExtendedCommunity["kind"], "opaque-extended">;

/** Every extended community that we read. */
export const extendedCommunityTable: {
  readonly [K in KnownKind]: ExtendedCommunityCodec<Extract<ExtendedCommunity, { readonly kind: K }>>;
} = {
  "route-target": routeTarget,
  "route-origin": routeOrigin,
  encapsulation,
  "mac-mobility": macMobility,
  "esi-label": esiLabel,
  "es-import": esImport,
  "router-mac": routerMac,
  "default-gateway": defaultGateway,
  "neighbour-flags": neighbourFlags,
  "df-election": dfElection,
  "group-policy-id": groupPolicyId,
  "link-bandwidth": linkBandwidth,
  color,
};

const byCode = new Map(
  Object.values(extendedCommunityTable).flatMap((row) =>
    row.codes.map((code): [number, ExtendedCommunityCodec<ExtendedCommunity>] => [code, row]),
  ),
);

/** The eight octets at `at` as a value. */
export function decodeExtendedCommunity(b: Uint8Array, at = 0): ExtendedCommunity {
  const value = byCode.get((b[at]! << 8) | b[at + 1]!)?.decode(b, at);
  return value ?? { kind: "opaque-extended", octets: b.slice(at, at + 8) };
}

/** Eight octets. */
export function encodeExtendedCommunity(c: ExtendedCommunity): Uint8Array {
  return c.kind === "opaque-extended" ? c.octets : rowOf(c.kind).encode(c);
}

/** For people, near to what FRR prints: `RT:65000:100`, `ET:vxlan`, `MM:3, sticky MAC`. */
export function formatExtendedCommunity(c: ExtendedCommunity): string {
  return c.kind === "opaque-extended" ? `UNK:${toHex(c.octets)}` : rowOf(c.kind).format(c);
}

/** The row under a kind takes that kind; the compiler cannot follow the correlation. */
function rowOf(kind: KnownKind): ExtendedCommunityCodec<ExtendedCommunity> {
  return extendedCommunityTable[kind];
}
