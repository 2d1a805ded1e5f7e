// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../base/bytes/hex.ts";
import { ipFromBytes } from "../../../base/net/ip.ts";
import type { Capability } from "../capability/capability.ts";
import { capabilityCode, capabilityName } from "../capability/table.ts";
import { describeNotification, hardResetReason, shutdownCommunication } from "../cease.ts";
import type { Message } from "../message.ts";
import { notificationCodeName, notificationSubcodeName } from "../notification-names.ts";
import type { Notification } from "../notification.ts";
import { type Open, type OptionalParameter, openAsn } from "../open.ts";
import { type RouteRefresh, refreshSubtype } from "../route-refresh.ts";
import { type Update, endOfRib } from "../update.ts";
import { explainAttribute } from "./explain-attribute.ts";
import { explainNlri } from "./explain-nlri.ts";
import { type Json, toJson } from "./json.ts";

/** A message with its type by its RFC name, and every field. */
export function explainMessage(message: Message): Json {
  switch (message.kind) {
    case "open":
      return { type: "OPEN", ...explainOpen(message) };
    case "update":
      return { type: "UPDATE", ...explainUpdate(message) };
    case "notification":
      return { type: "NOTIFICATION", ...explainNotification(message) };
    case "keepalive":
      return { type: "KEEPALIVE" };
    case "route-refresh":
      return explainRouteRefresh(message);
    default:
      return message satisfies never;
  }
}

const refreshMeaning: ReadonlyMap<number, string> = new Map([
  [refreshSubtype.request, "request"],
  [refreshSubtype.begin, "beginning of refresh"],
  [refreshSubtype.end, "end of refresh"],
]);

function explainRouteRefresh(m: RouteRefresh): Json {
  return {
    type: "ROUTE-REFRESH",
    family: m.family,
    subtype: m.subtype,
    meaning: refreshMeaning.get(m.subtype) ?? null,
    filters: toHex(m.filters),
  };
}

export function explainUpdate(update: Update): { readonly [name: string]: Json } {
  return {
    withdrawn: update.withdrawn.map((route) => explainNlri("ipv4-unicast", route)),
    attributes: update.attributes.map(explainAttribute),
    announced: update.announced.map((route) => explainNlri("ipv4-unicast", route)),
    endOfRib: endOfRib(update) ?? null,
  };
}

function explainNotification(n: Notification): { readonly [name: string]: Json } {
  const reason = hardResetReason(n);
  return {
    code: n.code,
    subcode: n.subcode,
    codeName: notificationCodeName(n.code),
    subcodeName: notificationSubcodeName(n.code, n.subcode),
    text: describeNotification(n),
    data: toHex(n.data),
    communication: shutdownCommunication(n) ?? null,
    reason: reason ? explainNotification(reason) : null,
  };
}

function explainOpen(open: Open): { readonly [name: string]: Json } {
  const id = open.identifier;
  return {
    version: open.version,
    asn: openAsn(open),
    myAs: open.myAs,
    holdTime: open.holdTime,
    identifier: ipFromBytes(Uint8Array.of(id >>> 24, id >>> 16, id >>> 8, id)),
    extendedParameters: open.extended !== undefined,
    parameters: open.parameters.map(explainParameter),
  };
}

function explainParameter(p: OptionalParameter): Json {
  if (p.kind === "parameter") return { type: p.type, value: toHex(p.value) };
  return { type: 2, name: "capabilities", capabilities: p.capabilities.map(explainCapability) };
}

function explainCapability(c: Capability): Json {
  const { kind: _kind, ...fields } = c;
  return { code: capabilityCode(c), name: capabilityName(capabilityCode(c)), ...(toJson(fields) as object) };
}
