// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Attribute } from "../../bgp/wire/attribute/attribute.ts";
import { encodeAttributes } from "../../bgp/wire/attribute/encode.ts";
import { optionalTransitive, wellKnown } from "../../bgp/wire/attribute/flags.ts";
import { ingressReplication } from "../../bgp/wire/attribute/pmsi-tunnel.ts";
import { vxlanTunnelType } from "../../bgp/wire/community/encapsulation.ts";
import type { ExtendedCommunity } from "../../bgp/wire/community/extended-community.ts";
import { encodeExtendedCommunity } from "../../bgp/wire/community/table.ts";
import type { RouteTarget } from "../types.ts";

/** What the attributes of a route of ours depend on. */
export interface RouteSource {
  readonly targets: readonly RouteTarget[];
  readonly vtep: Ip;
  readonly matter:
    | { readonly kind: "multicast"; readonly vni: number }
    | { readonly kind: "mac"; readonly sequence: number; readonly sticky: boolean; readonly routerMac: Mac | undefined }
    | { readonly kind: "prefix"; readonly routerMac: Mac };
}

/** ORIGIN igp, empty AS_PATH, LOCAL_PREF 100, extended communities and, for type 3, PMSI tunnel; in order of their type codes (RFC 4271 §5). */
export function originAttributes(source: RouteSource): Uint8Array {
  const { vtep, matter } = source;
  const attributes: Attribute[] = [
    { kind: "origin", flags: wellKnown, origin: "igp" },
    { kind: "as-path", flags: wellKnown, segments: [] },
    { kind: "local-pref", flags: wellKnown, preference: 100 },
    { kind: "extended-communities", flags: optionalTransitive, communities: communities(source) },
  ];
  if (matter.kind === "multicast") {
    // Ingress replication to this VTEP with the VNI in the label — RFC 6514 §5, RFC 8365 §9.
    const tunnel = { tunnelFlags: 0, tunnelType: ingressReplication, label: matter.vni, identifier: ipToBytes(vtep) };
    attributes.push({ kind: "pmsi-tunnel", flags: optionalTransitive, ...tunnel });
  }
  return encodeAttributes(attributes, { fourOctetAs: true, peer: "ibgp" });
}

/** In ascending order of their octets, as FRR sends them. */
function communities({ targets, matter }: RouteSource): ExtendedCommunity[] {
  const list: ExtendedCommunity[] = targets.map((target) => ({ kind: "route-target", target, transitive: true }));
  list.push({ kind: "encapsulation", tunnelType: vxlanTunnelType, reserved: 0 });
  // RFC 7432 §15: a MAC that has never moved goes without the community.
  if (matter.kind === "mac" && (matter.sticky || matter.sequence > 0))
    list.push({ kind: "mac-mobility", sticky: matter.sticky, sequence: matter.sequence, otherFlags: 0, reserved: 0 });
  if (matter.kind !== "multicast" && matter.routerMac !== undefined) list.push({ kind: "router-mac", mac: matter.routerMac });
  return list.toSorted((a, b) => Buffer.compare(encodeExtendedCommunity(a), encodeExtendedCommunity(b)));
}
