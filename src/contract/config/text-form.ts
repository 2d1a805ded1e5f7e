// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4, parseIp } from "../../base/net/ip.ts";
import { isMulticastMac, type Mac, parseMac, zeroMac } from "../../base/net/mac.ts";
import { maskIp, parseInterfaceAddress, type Prefix } from "../../base/net/prefix.ts";
import { parseRd, type Rd } from "../../base/net/rd.ts";
import { parseMacPattern, parsePrefixPattern } from "../../base/pattern/address-pattern.ts";
import { parseRdPattern } from "../../base/pattern/administrator-pattern.ts";
import {
  parseCommunityPattern,
  parseExtendedCommunityPattern,
  parseLargeCommunityPattern,
  parseRouteTargetPattern,
} from "../../base/pattern/community-pattern.ts";
import { parseNumberRange } from "../../base/pattern/number-range.ts";

/** Where to listen; without a port the one of the section counts. */
export interface Endpoint {
  readonly address: Ip;
  readonly port?: number;
}

/** What a text form gives: its canonical value, or why it is none. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string };

/** A scalar that is written as text and read into a value of ours. */
export interface TextForm<T> {
  /** Shown after "what is allowed". */
  readonly allowed: string;
  parse(text: string): Parsed<T>;
}

const found = <T>(value: T | undefined, text: string, what: string): Parsed<T> =>
  value === undefined ? { wrong: `"${text}" is not ${what}` } : { value };

function parseUnicastIp(text: string): Parsed<Ip> {
  const ip = parseIp(text);
  if (!ip) return { wrong: text.includes("/") ? `"${text}" is a prefix, not an address` : `"${text}" is not an IP address` };
  if (ip === "0.0.0.0" || ip === "::") return { wrong: `${ip} names no host` };
  const first = isIp4(ip) ? Number(ip.split(".")[0]) : undefined;
  if (first === undefined ? ip.startsWith("ff") : first >= 224) return { wrong: `${ip} is not a unicast address` };
  return { value: ip };
}

function parseEndpoint(text: string): Parsed<Endpoint> {
  const m = /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text);
  const address = parseIp(m?.[1] ?? text);
  if (!address) return { wrong: `"${text}" is not an address with an optional port` };
  if (m?.[2] === undefined) return { value: { address } };
  const port = Number(m[2]);
  return port >= 1 && port <= 65535 ? { value: { address, port } } : { wrong: `port ${m[2]} is out of range` };
}

function parseStrictPrefix(text: string): Parsed<Prefix> {
  const p = text.includes("/") ? parseInterfaceAddress(text) : undefined;
  if (!p) return { wrong: `"${text}" is not a prefix` };
  const masked = maskIp(p.ip, p.length);
  return masked === p.ip ? { value: p } : { wrong: `"${text}" has bits set beyond its length (the prefix is ${masked}/${p.length})` };
}

function parseAddressOrPrefix(text: string): Parsed<Prefix> {
  if (text.includes("/")) return parseStrictPrefix(text);
  const ip = parseUnicastIp(text);
  return "value" in ip ? { value: { ip: ip.value, length: isIp4(ip.value) ? 32 : 128 } } : ip;
}

function parseHostMac(text: string): Parsed<Mac> {
  const mac = parseMac(text);
  if (!mac) return { wrong: `"${text}" is not a MAC address` };
  return isMulticastMac(mac) || mac === zeroMac ? { wrong: `${mac} is not the address of one interface` } : { value: mac };
}

/** `65000:100`, `10.0.0.1:100`, `4200000000:1`, `65000L:1`: the number ranges of a route distinguisher (RFC 4360 §3, RFC 5668). */
function parseRouteTarget(text: string): Parsed<string> {
  return found<string>(text.startsWith("type") ? undefined : parseRd(text), text, "a route target");
}

function parseImportTarget(text: string): Parsed<string> {
  const any = /^\*:(\d{1,10})$/.exec(text);
  if (any && Number(any[1]) <= 0xffffffff) return { value: `*:${Number(any[1])}` };
  return parseRouteTarget(text);
}

/** Checked here and kept as text: what matches is made of it where it is used. */
const pattern =
  (read: (text: string) => unknown, what: string) =>
  (text: string): Parsed<string> =>
    found(read(text) === undefined ? undefined : text, text, what);

const parseVniRange = (text: string): unknown => parseNumberRange(text, 16_777_215);

/** What the kernel takes (dev_valid_name: IFNAMSIZ less one octet), without what means something else within rules of nft(8). */
const interfaceName = /^(?!.*[/:"'\\*])[!-~]{1,15}$/;
const dnsName = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i;
const objectName = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** Every text form by the name that schemas use for it (`format`). */
export const textForms = {
  ip: { allowed: "an IPv4 or IPv6 unicast address without a prefix length", parse: parseUnicastIp },
  ipv4: {
    allowed: "an IPv4 address",
    parse: (text: string): Parsed<Ip> => {
      const ip = parseIp(text);
      return found(ip && isIp4(ip) && ip !== "0.0.0.0" ? ip : undefined, text, "a usable IPv4 address");
    },
  },
  endpoint: { allowed: "ADDRESS, ADDRESS:PORT or [IPV6]:PORT", parse: parseEndpoint },
  prefix: { allowed: "ADDRESS/LENGTH with all host bits zero", parse: parseStrictPrefix },
  "address-or-prefix": { allowed: "an IP address, or ADDRESS/LENGTH with all host bits zero", parse: parseAddressOrPrefix },
  "interface-address": {
    allowed: "ADDRESS/LENGTH of an interface",
    parse: (text: string): Parsed<Prefix> =>
      found(text.includes("/") ? parseInterfaceAddress(text) : undefined, text, "an interface address with a prefix length"),
  },
  mac: { allowed: "a unicast MAC address as 02:00:00:00:01:0a, 02-00-00-00-01-0a or 0200.0000.010a", parse: parseHostMac },
  rd: {
    allowed: "a route distinguisher as ADDRESS:NUMBER or ASN:NUMBER",
    parse: (text: string): Parsed<Rd> => found(parseRd(text), text, "a route distinguisher"),
  },
  "route-target": { allowed: "a route target as ASN:NUMBER or ADDRESS:NUMBER", parse: parseRouteTarget },
  "import-target": { allowed: "a route target as ASN:NUMBER, ADDRESS:NUMBER or *:NUMBER", parse: parseImportTarget },
  "route-target-pattern": {
    allowed: "a route target as ASN:NUMBER or ADDRESS:NUMBER, with * for either part",
    parse: pattern(parseRouteTargetPattern, "a route target"),
  },
  "community-pattern": {
    allowed: "a community as ASN:NUMBER with * for any number, or a well-known name such as no-export",
    parse: pattern(parseCommunityPattern, "a community"),
  },
  "large-community-pattern": {
    allowed: "a large community as ASN:NUMBER:NUMBER with * for any number",
    parse: pattern(parseLargeCommunityPattern, "a large community"),
  },
  "extended-community-pattern": {
    allowed:
      "an extended community as rt:ASN:NUMBER, soo:ASN:NUMBER (* for any number), eight octets in hex (0x030c000000000008; 0x030c* for any that begin so), or one of mac-mobility, esi-label, es-import, router-mac, nd-flags, color, encapsulation, default-gateway, group-policy-id",
    parse: pattern(parseExtendedCommunityPattern, "an extended community"),
  },
  "prefix-pattern": {
    allowed: "an address, or ADDRESS/LENGTH, behind it exact, or ge N and le N",
    parse: pattern(parsePrefixPattern, "an address or prefix"),
  },
  "own-next-hop": {
    allowed: "own, an address, or ADDRESS/LENGTH",
    parse: pattern((text) => (text === "own" ? text : parsePrefixPattern(text)), "own, an address or a prefix"),
  },
  "rd-pattern": {
    allowed: "a route distinguisher as ADDRESS:NUMBER or ASN:NUMBER, with * for either part",
    parse: pattern(parseRdPattern, "a route distinguisher"),
  },
  "own-rd": {
    allowed: "own, or a route distinguisher as ADDRESS:NUMBER or ASN:NUMBER, with * for either part",
    parse: pattern((text) => (text === "own" ? text : parseRdPattern(text)), "own or a route distinguisher"),
  },
  "mac-pattern": {
    allowed: "a MAC address, or with /BITS the first of its bits",
    parse: pattern(parseMacPattern, "a MAC address"),
  },
  "vni-range": { allowed: "FROM-TO, each from 0 to 16777215", parse: pattern(parseVniRange, "a range of VNIs") },
  interface: {
    allowed: "an interface name of 1 to 15 printable characters of ASCII without space, quotes, / : \\ or *",
    parse: (text: string): Parsed<string> =>
      found(interfaceName.test(text) && text !== "." && text !== ".." ? text : undefined, text, "an interface name"),
  },
  name: {
    allowed: "1 to 63 letters, digits, dots, dashes and underscores, beginning and ending with a letter or digit",
    parse: (text: string): Parsed<string> => found(objectName.test(text) ? text : undefined, text, "a name"),
  },
  "dns-name": {
    allowed:
      "a name of DNS: labels of up to 63 letters, digits, dashes and underscores, with dots between; a dot at its end stands for the root",
    parse: (text: string): Parsed<string> =>
      found(text.length <= 254 && dnsName.test(text) ? text.toLowerCase() : undefined, text, "a name of DNS"),
  },
} satisfies Readonly<Record<string, TextForm<unknown>>>;

export type TextFormName = keyof typeof textForms;
type ParsedValue<P> = P extends { readonly value: infer T } ? T : never;
export type TextFormValue<F extends TextFormName> = ParsedValue<ReturnType<(typeof textForms)[F]["parse"]>>;
