// SPDX-License-Identifier: Apache-2.0
import { fromHex } from "../../base/bytes/hex.ts";
import { type Ip, ipToBytes, isIp4, parseIp } from "../../base/net/ip.ts";
import { parseMac } from "../../base/net/mac.ts";
import { parseInterfaceAddress } from "../../base/net/prefix.ts";
import { parseRd } from "../../base/net/rd.ts";
import {
  exactOctets,
  parseCommunityPattern,
  parseExtendedCommunityPattern,
  parseLargeCommunityPattern,
} from "../../base/pattern/community-pattern.ts";
import { attributeType } from "../../bgp/rib/attribute-walk.ts";
import { UpdateLayout } from "../../bgp/rib/update-layout.ts";
import { Writer } from "../../base/bytes/writer.ts";
import { parseRouteTarget, routeTargetToBytes } from "../../bgp/wire/community/route-target.ts";
import { evpnLength, encodeEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import type { EvpnRoute } from "../../bgp/wire/nlri/evpn/route.ts";
import { MalformedInputError } from "../errors.ts";

/** A route to be held against a policy, in the forms that policies look at. */
export interface CandidateRoute {
  /** `[next hop length | next hop | attributes]`. */
  readonly set: Uint8Array;
  readonly nlri: Uint8Array;
}

/** A route in words: what `weft bgp routes -o json` prints, and what options say. */
export interface RouteText {
  readonly rd: string;
  /** `[2]:[0]:[48]:[02:…]:[32]:[192.168.1.2]`. */
  readonly route: string;
  readonly nextHop: string;
  readonly localPref?: number | null;
  readonly med?: number | null;
  readonly asPath?: string;
  readonly routeTargets: readonly string[];
  readonly communities: readonly string[];
  readonly labels: readonly number[];
}

/** Whether a value out of a file has what a {@link RouteText} needs; texts in it may still be wrong. */
export function isRouteText(value: unknown): value is RouteText {
  if (typeof value !== "object" || value === null) return false;
  const row = value as Readonly<Record<keyof RouteText, unknown>>;
  const isList = (list: unknown, of: "string" | "number"): boolean => Array.isArray(list) && list.every((item) => typeof item === of);
  const isPath = row.asPath === undefined || typeof row.asPath === "string";
  const texts = [row.rd, row.route, row.nextHop].every((t) => typeof t === "string");
  return texts && isPath && isList(row.routeTargets, "string") && isList(row.communities, "string") && isList(row.labels, "number");
}

const noEsi = "00:00:00:00:00:00:00:00:00:00";
const largeCommunities = 32;
const pmsiTunnel = 22;
const vxlan = [0x03, 0x0c, 0, 0, 0, 0, 0, 8];
const zeroGateway = (ip: Ip): Ip => (isIp4(ip) ? "0.0.0.0" : "::") as Ip;

/** @throws MalformedInputError */
export function routeOfText(text: RouteText): CandidateRoute {
  const route = evpnRouteOf(text);
  const nextHop = parseIp(text.nextHop);
  if (!nextHop) throw malformed(`"${text.nextHop}" is not a next hop`);
  const octets = ipToBytes(nextHop);
  const w = new Writer(256).u8(octets.length).put(octets);
  const attribute = (flags: number, type: number, value: Uint8Array): void =>
    void (
      value.length > 255
        ? w
            .u8(flags | 0x10)
            .u8(type)
            .u16(value.length)
        : w.u8(flags).u8(type).u8(value.length)
    ).put(value);
  attribute(0x40, attributeType.origin, Uint8Array.of(0));
  attribute(0x40, attributeType.asPath, asPathOf(text.asPath ?? ""));
  if (typeof text.med === "number") attribute(0x80, attributeType.med, new Writer().u32(text.med).finish());
  if (typeof text.localPref === "number") attribute(0x40, attributeType.localPref, new Writer().u32(text.localPref).finish());
  const { standard, extended, large } = communitiesOf(text);
  if (standard.length > 0) attribute(0xc0, attributeType.communities, Uint8Array.from(standard.flatMap((o) => [...o])));
  if (extended.length > 0) attribute(0xc0, attributeType.extendedCommunities, Uint8Array.from(extended.flatMap((o) => [...o])));
  if (route.kind === "inclusive-multicast") {
    const tunnel = new Writer()
      .u8(0)
      .u8(6)
      .u24(text.labels[0] ?? 0)
      .put(octets)
      .finish();
    attribute(0xc0, pmsiTunnel, tunnel);
  }
  if (large.length > 0) attribute(0xc0, largeCommunities, Uint8Array.from(large.flatMap((o) => [...o])));
  return { set: w.finish(), nlri: encodeEvpn(route) };
}

/** Every route that an UPDATE announces; the octets are its body, or a whole message. @throws MalformedInputError */
export function routesOfUpdate(octets: Uint8Array): readonly CandidateRoute[] {
  const whole = octets.length >= 19 && octets.subarray(0, 16).every((o) => o === 255);
  const body = whole ? octets.subarray(19) : octets;
  const layout = new UpdateLayout();
  if (!layout.read(body, 0, body.length)) throw malformed("the octets are no UPDATE");
  const { reachAt, reachEnd, attributesAt, attributesEnd, reachAttribute, unreachAttribute, unreachEnd } = layout;
  if (reachAt < 0) return [];
  const hopLength = body[reachAt + 3]!;
  const cuts = [[reachAttribute, reachEnd], ...(unreachAttribute >= 0 ? [[unreachAttribute, unreachEnd]] : [])].toSorted(
    (a, b) => a[0]! - b[0]!,
  );
  const w = new Writer(body.length).put(body.subarray(reachAt + 3, reachAt + 4 + hopLength));
  let at = attributesAt;
  for (const [from, to] of cuts) {
    w.put(body.subarray(at, from));
    at = to!;
  }
  const set = w.put(body.subarray(at, attributesEnd)).finish();
  const routes: CandidateRoute[] = [];
  for (let o = reachAt + 5 + hopLength; o < reachEnd;) {
    const length = evpnLength(body, o, reachEnd);
    if (typeof length === "string") throw malformed(length);
    routes.push({ set, nlri: body.slice(o, o + length) });
    o += length;
  }
  return routes;
}

/** @throws MalformedInputError */
function evpnRouteOf({ rd: rdText, route, labels }: RouteText): EvpnRoute {
  const rd = parseRd(rdText);
  if (!rd) throw malformed(`"${rdText}" is not a route distinguisher`);
  const fields = [...route.matchAll(/\[([^\]]*)\]/g)].map((m) => m[1]!);
  const [type, , length, third, , fifth] = fields;
  const tag = wholeNumber(fields[1], 0xffffffff);
  const [label, label2] = labels;
  const ip = parseIp(fifth ?? third ?? "");
  if (type === "2" && tag !== undefined && parseMac(third ?? "") !== undefined && (fifth === undefined || ip !== undefined)) {
    const mac = {
      kind: "mac-ip" as const,
      rd,
      esi: noEsi as never,
      tag,
      mac: parseMac(third!)!,
      ip: fifth === undefined ? undefined : ip,
    };
    return label2 === undefined ? { ...mac, label: label ?? 0 } : { ...mac, label: label ?? 0, label2 };
  }
  if (type === "3" && tag !== undefined && ip) return { kind: "inclusive-multicast", rd, tag, originator: ip };
  const prefix = parseInterfaceAddress(`${third}/${length}`);
  if (type === "5" && tag !== undefined && ip && prefix) {
    return { kind: "ip-prefix", rd, esi: noEsi as never, tag, prefix, gateway: zeroGateway(ip), label: label ?? 0 };
  }
  throw malformed(
    `"${route}" is not written as [2]:[0]:[48]:[MAC]:[32]:[IP], [3]:[0]:[32]:[IP] or [5]:[0]:[LENGTH]:[PREFIX]; other types as octets of an UPDATE`,
  );
}

/** Undefined: it is none, or more than `most`. */
function wholeNumber(text: string | undefined, most: number): number | undefined {
  const n = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Infinity;
  return n <= most ? n : undefined;
}

/** As many segments as it takes: the count of one is an octet — RFC 4271 §4.3. */
function asPathOf(text: string): Uint8Array {
  const numbers = text
    .split(" ")
    .filter((t) => t !== "")
    .map((t) => wholeNumber(t, 0xffffffff));
  const w = new Writer(64);
  for (let from = 0; from < numbers.length; from += 255) {
    const segment = numbers.slice(from, from + 255);
    w.u8(2).u8(segment.length);
    for (const n of segment) {
      if (n === undefined) throw malformed(`"${text}" is not a list of AS numbers`);
      w.u32(n);
    }
  }
  return w.finish();
}

function communitiesOf({ routeTargets, communities }: RouteText) {
  const standard: Uint8Array[] = [];
  const large: Uint8Array[] = [];
  const extended: Uint8Array[] = routeTargets.map((t) => {
    const target = parseRouteTarget(t);
    if (target === undefined) throw malformed(`"${t}" is not a route target`);
    return routeTargetToBytes(target);
  });
  for (const text of communities) {
    const one = exactOctets(parseCommunityPattern(text));
    const three = exactOctets(parseLargeCommunityPattern(text));
    if (one) standard.push(one);
    else if (three) large.push(three);
    else extended.push(printedCommunity(text) ?? exactOctets(parseExtendedCommunityPattern(text)) ?? refuse(text));
  }
  return { standard, extended, large };
}

/** As `weft bgp routes` prints the commonest ones. */
function printedCommunity(text: string): Uint8Array | undefined {
  if (text === "ET:vxlan") return Uint8Array.from(vxlan);
  const mobility = /^MM:(\d+)(, sticky MAC)?$/.exec(text);
  if (mobility)
    return new Writer()
      .u8(6)
      .u8(0)
      .u8(mobility[2] ? 1 : 0)
      .u8(0)
      .u32(Number(mobility[1]))
      .finish();
  const unknown = /^UNK:([0-9a-f]{16})$/.exec(text);
  return unknown ? fromHex(unknown[1]!) : undefined;
}

function refuse(text: string): never {
  throw malformed(`"${text}" is not a community; write an extended one as rt:ASN:NUMBER, soo:ASN:NUMBER or eight octets in hex`);
}

function malformed(message: string): MalformedInputError {
  return new MalformedInputError("WEFT_MALFORMED", message);
}
