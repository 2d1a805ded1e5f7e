// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { isConfedSegment } from "../../bgp/wire/attribute/as-path.ts";
import { type Attribute, attributeOf } from "../../bgp/wire/attribute/attribute.ts";
import type { PmsiTunnel } from "../../bgp/wire/attribute/pmsi-tunnel.ts";
import type { LabelField } from "../../bgp/wire/nlri/label.ts";
import type { RouteTarget } from "../types.ts";

/** The PMSI Tunnel attribute — RFC 6514 §5. */
export interface PmsiInfo {
  readonly tunnel: number;
  readonly label: LabelField;
  /** Undefined when the identifier is no address or the unspecified one. */
  readonly endpoint: Ip | undefined;
}

/** How good a route is among routes of other NLRI: what {@link comparePreference} weighs. */
export interface Preference {
  readonly localPref: number;
  readonly asPathLength: number;
  /** igp 0, egp 1, incomplete 2. */
  readonly origin: number;
  /** 0 for a route of our own AS. */
  readonly neighbourAs: number;
  readonly med: number;
}

export interface ReadAttributes {
  readonly targets: readonly RouteTarget[];
  /** Of the encapsulation communities, in order. */
  readonly tunnels: readonly number[];
  readonly sequence: number;
  readonly sticky: boolean;
  readonly pmsi: PmsiInfo | undefined;
  /** RFC 9135 §8.1; of several the first. */
  readonly routerMac: Mac | undefined;
  /** RFC 7432 §7.8: it is a gateway's address. */
  readonly isGateway: boolean;
  readonly preference: Preference;
}

const origins = ["igp", "egp", "incomplete"];

/** Of several MAC mobility communities, which no sender should send, the highest number counts and one sticky flag is enough. */
export function readAttributes(attributes: readonly Attribute[]): ReadAttributes {
  const targets: RouteTarget[] = [];
  const tunnels: number[] = [];
  let sequence = 0;
  let sticky = false;
  let routerMac: Mac | undefined;
  let isGateway = false;
  for (const c of attributeOf(attributes, "extended-communities")?.communities ?? []) {
    if (c.kind === "route-target") targets.push(c.target);
    else if (c.kind === "encapsulation") tunnels.push(c.tunnelType);
    else if (c.kind === "mac-mobility") {
      sequence = Math.max(sequence, c.sequence);
      sticky ||= c.sticky;
    } else if (c.kind === "router-mac") routerMac ??= c.mac;
    else if (c.kind === "default-gateway") isGateway = true;
  }
  const pmsi = attributeOf(attributes, "pmsi-tunnel");
  const preference = readPreference(attributes);
  return { targets, tunnels, sequence, sticky, pmsi: pmsi && readPmsi(pmsi), routerMac, isGateway, preference };
}

function readPreference(attributes: readonly Attribute[]): Preference {
  const path = (attributeOf(attributes, "as-path")?.segments ?? []).filter((s) => !isConfedSegment(s));
  const [first] = path;
  return {
    localPref: attributeOf(attributes, "local-pref")?.preference ?? 100,
    // RFC 4271 §9.1.2.2 a: a set counts as one.
    asPathLength: path.reduce((n, s) => n + (s.type === "set" ? 1 : s.asns.length), 0),
    origin: Math.max(0, origins.indexOf(attributeOf(attributes, "origin")?.origin ?? "igp")),
    neighbourAs: first?.type === "sequence" ? first.asns[0]! : 0,
    med: attributeOf(attributes, "multi-exit-disc")?.metric ?? 0,
  };
}

function readPmsi({ tunnelType, label, identifier }: PmsiTunnel): PmsiInfo {
  const endpoint = identifier.length === 4 || identifier.length === 16 ? ipFromBytes(identifier) : undefined;
  return { tunnel: tunnelType, label, endpoint: endpoint === "0.0.0.0" || endpoint === "::" ? undefined : endpoint };
}
