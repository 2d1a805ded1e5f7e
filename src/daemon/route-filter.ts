// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes, isIp4, parseIp } from "../base/net/ip.ts";
import { parseMac } from "../base/net/mac.ts";
import { parsePrefix } from "../base/net/prefix.ts";
import { parseRd } from "../base/net/rd.ts";
import type { AttributePattern } from "../bgp/rib/attribute-pattern.ts";
import { addressKeys, type KeyPattern, macKey, prefixKey, rdKey } from "../bgp/rib/key-pattern.ts";
import type { RouteEntry, RouteFilter } from "../bgp/rib/route-query.ts";
import { type Family, familyTable } from "../bgp/wire/family.ts";
import type { RouteQuery } from "../contract/inspect.ts";
import { communityValues, targetValues } from "./community-pattern.ts";
import { RequestError } from "./errors.ts";
import { attributeText } from "./route-row.ts";

/** Words that people use for EVPN route types, FRR's among them. */
const typeNames: Readonly<Record<string, number>> = {
  "ethernet-ad": 1,
  ead: 1,
  macip: 2,
  "mac-ip": 2,
  multicast: 3,
  imet: 3,
  "inclusive-multicast": 3,
  es: 4,
  "ethernet-segment": 4,
  prefix: 5,
  "ip-prefix": 5,
};

const origins = ["igp", "egp", "incomplete"];

function wrong(message: string): RequestError {
  return new RequestError("WEFT_BAD_REQUEST", message);
}

/** @throws RequestError */
function routeType(text: string): number {
  const type = typeNames[text.toLowerCase()] ?? (/^\d{1,3}$/.test(text) ? Number(text) : Number.NaN);
  if (type >= 0 && type <= 255) return type;
  throw wrong(`type ${text} is no route type; known: ${Object.keys(typeNames).join(", ")}, and any number to 255`);
}

/** @throws RequestError */
function familyOf(text: string): Family {
  const row = familyTable.find((r) => r.family === text);
  if (row) return row.family;
  throw wrong(`family ${text} is not known; known: ${familyTable.map((r) => r.family).join(", ")}`);
}

/** The value, or an error that says what would be one. @throws RequestError */
function must<T>(value: T | undefined, key: string, text: string, allowed: string): T {
  if (value === undefined) throw wrong(`${key}=${text} is not ${allowed}`);
  return value;
}

/** An address or a prefix as patterns of keys. @throws RequestError */
export function placeKeys(text: string): readonly KeyPattern[] {
  const ip = parseIp(text);
  if (ip !== undefined) return addressKeys(ip);
  return [prefixKey(must(parsePrefix(text), "ip", text, "an IP address or a prefix"))];
}

/**
 * The filter that the routing table understands; all but rare communities and the longest prefix is decided there from octets.
 * @param importTargets of a network of this daemon, by its name; undefined when it has no such network
 * @throws RequestError
 */
export function routeFilter(query: RouteQuery, importTargets: (network: string) => readonly string[] | undefined): RouteFilter {
  const { community } = query;
  const values = community === undefined ? undefined : communityValues(community);
  const attributes = attributePatterns(query, importTargets);
  if (values !== undefined) attributes.push({ kind: "any-of", values });
  const inWords =
    community !== undefined && values === undefined
      ? (entry: RouteEntry): boolean => attributeText(entry.attributes).communities.includes(community)
      : undefined;
  return {
    keys: keyPatterns(query),
    attributes,
    ...(inWords && { match: inWords }),
    ...(query.vni === undefined ? {} : { label: query.vni }),
    ...(query.family === undefined ? {} : { family: familyOf(query.family) }),
    ...(query.type === undefined ? {} : { type: routeType(query.type) }),
    ...(query.peer === undefined ? {} : { peer: query.peer }),
    ...(query.sentTo === undefined ? {} : { sentTo: query.sentTo }),
    ...(query.best === true ? { best: true } : {}),
  };
}

function keyPatterns({ mac, rd, ip }: RouteQuery): readonly (readonly KeyPattern[])[] {
  const keys: (readonly KeyPattern[])[] = [];
  if (mac !== undefined) keys.push([macKey(must(parseMac(mac), "mac", mac, "a MAC address"))]);
  if (rd !== undefined) keys.push([rdKey(must(parseRd(rd), "rd", rd, "a route distinguisher"))]);
  if (ip !== undefined) keys.push(placeKeys(ip));
  return keys;
}

function attributePatterns(query: RouteQuery, importTargets: (network: string) => readonly string[] | undefined): AttributePattern[] {
  const { network, rt, nextHop, origin, originator } = query;
  const patterns: AttributePattern[] = [];
  if (network !== undefined) {
    const targets = importTargets(network);
    if (targets === undefined) throw new RequestError("WEFT_NOT_FOUND", `no network is named "${network}" here`);
    patterns.push({ kind: "any-of", values: targets.flatMap((t) => targetValues(t) ?? []) });
  }
  if (rt !== undefined) patterns.push({ kind: "any-of", values: must(targetValues(rt), "rt", rt, "a route target as 65000:100 or *:100") });
  if (nextHop !== undefined)
    patterns.push({ kind: "next-hop", octets: ipToBytes(must(parseIp(nextHop), "nextHop", nextHop, "an IP address")) });
  if (origin !== undefined) {
    const code = origins.indexOf(origin);
    patterns.push({ kind: "origin", origin: must(code < 0 ? undefined : code, "origin", origin, origins.join(", ")) });
  }
  if (originator !== undefined) {
    const ip = parseIp(originator);
    const identifier: Ip = must(ip !== undefined && isIp4(ip) ? ip : undefined, "originator", originator, "a BGP identifier as 10.0.0.1");
    patterns.push({ kind: "originator", identifier: new DataView(ipToBytes(identifier).buffer).getUint32(0) });
  }
  return patterns;
}
