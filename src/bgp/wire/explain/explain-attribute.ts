// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../base/bytes/hex.ts";
import { ipFromBytes } from "../../../base/net/ip.ts";
import type { Attribute } from "../attribute/attribute.ts";
import { extendedLengthFlag, optionalFlag, partialFlag, transitiveFlag } from "../attribute/flags.ts";
import { nextHopAddress } from "../attribute/mp-reach.ts";
import { pmsiTunnelName } from "../attribute/pmsi-tunnel.ts";
import { attributeCode, attributeName, formatAttribute } from "../attribute/table.ts";
import { formatCommunity } from "../community/community.ts";
import { tunnelTypeNames } from "../community/encapsulation.ts";
import { dfAlgorithmName } from "../community/df-election.ts";
import type { ExtendedCommunity } from "../community/extended-community.ts";
import { formatLargeCommunity } from "../community/large-community.ts";
import { encodeExtendedCommunity, formatExtendedCommunity } from "../community/table.ts";
import { explainLabel, explainNlri } from "./explain-nlri.ts";
import { type Json, toJson } from "./json.ts";

/** An attribute with its code and name, every flag by name, and its value field by field. */
export function explainAttribute(a: Attribute): Json {
  const { kind: _kind, flags, ...fields } = a;
  const code = attributeCode(a);
  return {
    code,
    name: attributeName(code),
    flags: explainFlags(flags),
    text: formatAttribute(a),
    ...(toJson(fields) as object),
    ...extras(a),
  };
}

function explainFlags(octet: number): Json {
  return {
    octet,
    optional: (octet & optionalFlag) !== 0,
    transitive: (octet & transitiveFlag) !== 0,
    partial: (octet & partialFlag) !== 0,
    extendedLength: (octet & extendedLengthFlag) !== 0,
  };
}

function extras(a: Attribute): { readonly [name: string]: Json } {
  switch (a.kind) {
    case "mp-reach":
      return {
        nextHop: { address: nextHopAddress(a.nextHop) ?? null, octets: toHex(a.nextHop) },
        routes: a.routes.map((route) => explainNlri(a.family, route)),
      };
    case "mp-unreach":
      return { routes: a.routes.map((route) => explainNlri(a.family, route)) };
    case "communities":
      return { communities: a.communities.map((c) => ({ text: formatCommunity(c), value: c })) };
    case "large-communities":
      return { communities: a.communities.map((c) => ({ text: formatLargeCommunity(c), ...c })) };
    case "extended-communities":
      return { communities: a.communities.map(explainExtendedCommunity) };
    case "pmsi-tunnel":
      return {
        tunnelName: pmsiTunnelName(a.tunnelType),
        label: explainLabel(a.label),
        identifier: {
          address: a.identifier.length === 4 || a.identifier.length === 16 ? ipFromBytes(a.identifier) : null,
          octets: toHex(a.identifier),
        },
      };
    default:
      return {};
  }
}

function explainExtendedCommunity(c: ExtendedCommunity): Json {
  const { kind, ...fields } = c;
  const octets = toHex(encodeExtendedCommunity(c));
  const names: { [name: string]: Json } = {};
  if (kind === "encapsulation") names["tunnelName"] = tunnelTypeNames[c.tunnelType] ?? null;
  if (kind === "df-election") names["algorithmName"] = dfAlgorithmName(c.algorithm);
  return { name: kind, text: formatExtendedCommunity(c), ...(toJson(fields) as object), ...names, octets };
}
