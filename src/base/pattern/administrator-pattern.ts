// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes, isIp4, parseIp } from "../net/ip.ts";
import { fieldOf, numberOrAny, type OctetPattern, patternOf } from "./octet-pattern.ts";

/**
 * `ADMINISTRATOR:NUMBER`, either part `*`: the forms that route distinguishers (RFC 4364 §4.2) and route targets (RFC 4360 §3,
 * RFC 5668) share. `form` is 0 for a two-octet AS and four octets of number, 1 for an IPv4 address and two, 2 for a four-octet AS and two.
 */
export interface AdministratorPattern {
  readonly form: number;
  /** Six octets. */
  readonly pattern: OctetPattern;
}

const asn2 = 0xffff;
const number4 = 0xffffffff;

/** One pattern for each form that the text can be of; undefined when it is of none. */
export function parseAdministratorPattern(text: string): readonly AdministratorPattern[] | undefined {
  const m = /^(\*|\d+(?:\.\d+){3}|\d{1,10}L?):(\*|\d{1,10})$/.exec(text);
  if (!m) return undefined;
  const [, admin, digits] = m as unknown as [string, string, string];
  const short = numberOrAny(digits, asn2);
  const long = numberOrAny(digits, number4);
  if (long === undefined) return undefined;
  const two = (form: number, value: number | "any"): readonly AdministratorPattern[] =>
    short === undefined ? [] : [{ form, pattern: patternOf([fieldOf(4, value), fieldOf(2, short)]) }];
  const four = (value: number | "any"): AdministratorPattern => ({ form: 0, pattern: patternOf([fieldOf(2, value), fieldOf(4, long)]) });
  if (admin === "*") return [four("any"), ...two(1, "any"), ...two(2, "any")];
  if (admin.includes(".")) {
    const ip = parseIp(admin);
    return ip && isIp4(ip) && short !== undefined ? two(1, numberOf(ip)) : undefined;
  }
  const asn = Number.parseInt(admin, 10);
  if (asn > number4) return undefined;
  if (admin.endsWith("L") || asn > asn2) return short === undefined ? undefined : two(2, asn);
  return [four(asn)];
}

function numberOf(ip: Ip): number {
  return ipToBytes(ip).reduce((n, octet) => n * 256 + octet, 0);
}

/** Over the eight octets of a route distinguisher; undefined when the text is no pattern. */
export function parseRdPattern(text: string): readonly OctetPattern[] | undefined {
  return parseAdministratorPattern(text)?.map(({ form, pattern }) => prefixed([0, form], pattern));
}

/** Over the eight octets of an extended community of the given sub-type, transitive or not. */
export function administratorCommunity(text: string, subtype: number): readonly OctetPattern[] | undefined {
  return parseAdministratorPattern(text)?.map(({ form, pattern }) => {
    const whole = prefixed([form, subtype], pattern);
    whole.mask[0] = 0xbf;
    return whole;
  });
}

function prefixed(octets: readonly [number, number], { value, mask }: OctetPattern): OctetPattern {
  return { value: Uint8Array.of(...octets, ...value), mask: Uint8Array.of(255, 255, ...mask) };
}
