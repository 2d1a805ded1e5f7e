// SPDX-License-Identifier: Apache-2.0
import { fromHex } from "../base/bytes/hex.ts";
import { parseIp } from "../base/net/ip.ts";
import { parseMac } from "../base/net/mac.ts";
import { parsePrefix } from "../base/net/prefix.ts";
import { type KeyPattern, macKey, rdKey } from "../bgp/rib/key-pattern.ts";
import type { RouteFilter } from "../bgp/rib/route-query.ts";
import { decodeEvpn, evpnKey, evpnLength, formatEvpn } from "../bgp/wire/nlri/evpn/table.ts";
import { RequestError } from "./errors.ts";
import { placeKeys } from "./route-filter.ts";

/**
 * What people call a route: a MAC, an IP address or a prefix, `[2]:[0]:[48]:[02:…]` as the list shows it, or the octets of its NLRI.
 * @throws RequestError
 */
export function namedRoute(text: string): RouteFilter {
  const mac = parseMac(text);
  if (mac !== undefined) return { keys: [[macKey(mac)]] };
  if (parseIp(text) !== undefined || (text.includes("/") && parsePrefix(text) !== undefined)) return { keys: [placeKeys(text)] };
  if (text.startsWith("[")) return printedRoute(text);
  const octets = fromHex(text);
  if (octets === undefined || evpnLength(octets, 0, octets.length) !== octets.length) {
    const allowed = "a MAC, an IP address, a prefix, a route as in the column ROUTE, or an EVPN NLRI in hexadecimal";
    throw new RequestError("WEFT_BAD_REQUEST", `${text} names no route; allowed: ${allowed}`);
  }
  const route = decodeEvpn(octets);
  const keys: (readonly KeyPattern[])[] = [];
  if ("rd" in route) keys.push([rdKey(route.rd)]);
  if (route.kind === "mac-ip") keys.push([macKey(route.mac)]);
  const key = evpnKey(octets, 0, octets.length);
  return { type: octets[0]!, keys, match: ({ nlri }) => evpnKey(nlri, 0, nlri.length) === key };
}

/** @throws RequestError */
function printedRoute(text: string): RouteFilter {
  const fields = [...text.matchAll(/\[([^\]]*)\]/g)].map((m) => m[1]!);
  const type = Number(fields[0]);
  const canonical = text.toLowerCase();
  if (fields.map((f) => `[${f}]`).join(":") !== text || !/^\d{1,3}$/.test(fields[0]!) || type > 255)
    throw new RequestError("WEFT_BAD_REQUEST", `${text} is no route as the column ROUTE shows it: [2]:[0]:[48]:[02:00:00:00:00:01]`);
  const mac = type === 2 ? parseMac(fields[3] ?? "") : undefined;
  const match: RouteFilter["match"] = ({ nlri }) => formatEvpn(decodeEvpn(nlri)).toLowerCase() === canonical;
  return { type, match, ...(mac === undefined ? {} : { keys: [[macKey(mac)]] }) };
}
