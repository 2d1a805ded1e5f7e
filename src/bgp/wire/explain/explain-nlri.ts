// SPDX-License-Identifier: Apache-2.0
import type { Family } from "../family.ts";
import { evpnType, evpnTypeName } from "../nlri/evpn/table.ts";
import { type LabelField, mplsLabelOf, vniOf } from "../nlri/label.ts";
import type { Nlri } from "../nlri/nlri.ts";
import { targetOfMembership } from "../nlri/rt-constrain.ts";
import { formatNlri, isEvpn } from "../nlri/table.ts";
import { type Json, toJson } from "./json.ts";

/** A route with its type in words and number, its usual text, and its labels in both readings. */
export function explainNlri(family: Family, route: Nlri): Json {
  const { kind, ...fields } = route;
  const head = isEvpn(route)
    ? { type: evpnType(route), name: evpnTypeName(evpnType(route)), text: formatNlri(family, route) }
    : { name: kind, text: formatNlri(family, route) };
  return { ...head, ...(toJson(fields) as object), ...extras(route) };
}

/** Both readings of a label field: only the encapsulation tells which one holds. */
export function explainLabel(field: LabelField): Json {
  return { field, vni: vniOf(field), mpls: mplsLabelOf(field) };
}

function extras(route: Nlri): { readonly [name: string]: Json } {
  switch (route.kind) {
    case "ethernet-ad":
    case "ip-prefix":
      return { label: explainLabel(route.label) };
    case "mac-ip":
      return route.label2 === undefined
        ? { label: explainLabel(route.label) }
        : { label: explainLabel(route.label), label2: explainLabel(route.label2) };
    case "vpn":
      return { labels: route.labels.map(explainLabel) };
    case "rt-membership":
      return { routeTarget: targetOfMembership(route) ?? null };
    default:
      return {};
  }
}
