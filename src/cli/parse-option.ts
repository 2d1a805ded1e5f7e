// SPDX-License-Identifier: Apache-2.0
import { InvalidArgumentError } from "commander";
import { parseIp } from "../base/net/ip.ts";
import { parseMac } from "../base/net/mac.ts";
import { formatPrefix, parsePrefix } from "../base/net/prefix.ts";
import { parseRd } from "../base/net/rd.ts";

/** Parsers for commander's options and arguments: the canonical text, or an error that says what is allowed. */
function parsed<T>(parse: (text: string) => T | undefined, allowed: string): (text: string) => T {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError(`Allowed: ${allowed}.`);
    return value;
  };
}

export const macOption = parsed(parseMac, "a MAC address as 02:00:00:00:01:0a");
export const macOrIpOption = parsed(
  (text) => parseMac(text) ?? parseIp(text),
  "a MAC address as 02:00:00:00:01:0a, an IPv4 or IPv6 address",
);
export const ipOption = parsed(parseIp, "an IPv4 or IPv6 address");
export const ipOrPrefixOption = parsed((text) => {
  const prefix = text.includes("/") ? parsePrefix(text) : undefined;
  return parseIp(text) ?? (prefix && formatPrefix(prefix));
}, "an IP address or a prefix");
export const rdOption = parsed(parseRd, "a route distinguisher as 10.0.0.1:100 or 65000:100");

export function numberOption(least: number, most: number): (text: string) => number {
  const read = (text: string): number | undefined => {
    const n = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return n >= least && n <= most ? n : undefined;
  };
  return parsed(read, `a whole number from ${least} to ${most}`);
}

export const vniOption = numberOption(0, 0xffffff);
