// SPDX-License-Identifier: Apache-2.0
import { communityAttribute, type ListValue } from "../bgp/rib/attribute-pattern.ts";
import { parseCommunity } from "../bgp/wire/community/community.ts";
import { parseLargeCommunity } from "../bgp/wire/community/large-community.ts";
import { routeOrigin } from "../bgp/wire/community/route-origin.ts";
import { parseRouteTarget, routeTargetToBytes } from "../bgp/wire/community/route-target.ts";
import { RequestError } from "./errors.ts";

/** The bit of an extended community that says it stays within its AS: `65000:100` means either. */
const anyScope = Uint8Array.from([0xbf, 255, 255, 255, 255, 255, 255, 255]);
const routeTargetSubtype = 0x02;

function extended(octets: Uint8Array, mask: Uint8Array = anyScope): ListValue {
  return { type: communityAttribute.extended, octets, mask };
}

/** A route target, `*:100` for that number under any administrator; undefined when it is none. */
export function targetValues(text: string): readonly ListValue[] | undefined {
  const any = /^\*:(\d{1,10})$/.exec(text);
  if (!any) {
    const target = parseRouteTarget(text);
    return target === undefined ? undefined : [extended(routeTargetToBytes(target))];
  }
  const number = Number(any[1]);
  if (number > 0xffffffff) return undefined;
  const octets = (form: number): Uint8Array => {
    const out = new Uint8Array(8);
    new DataView(out.buffer).setUint32(4, number);
    return out.fill(form, 0, 1).fill(routeTargetSubtype, 1, 2);
  };
  // Two-octet AS: a number of 32 bits; address and four-octet AS: of 16.
  const values = [extended(octets(0), Uint8Array.from([0xbf, 255, 0, 0, 255, 255, 255, 255]))];
  if (number < 65536) for (const form of [1, 2]) values.push(extended(octets(form), Uint8Array.from([0xbf, 255, 0, 0, 0, 0, 255, 255])));
  return values;
}

/**
 * A community as `weft bgp routes` prints it.
 * @returns undefined for a kind that has to be compared in words
 * @throws RequestError
 */
export function communityValues(text: string): readonly ListValue[] | undefined {
  const standard = parseCommunity(text);
  const octets = new Uint8Array(12);
  const view = new DataView(octets.buffer);
  if (standard !== undefined) {
    view.setUint32(0, standard);
    return [{ type: communityAttribute.standard, octets: octets.subarray(0, 4) }];
  }
  const large = parseLargeCommunity(text);
  if (large) {
    view.setUint32(0, large.administrator);
    view.setUint32(4, large.data1);
    view.setUint32(8, large.data2);
    return [{ type: communityAttribute.large, octets }];
  }
  const [, kind, value] = /^(RT|SoO):(\S+)$/i.exec(text) ?? [];
  const target = value === undefined ? undefined : parseRouteTarget(value);
  if (target !== undefined) {
    if (kind!.toLowerCase() === "rt") return [extended(routeTargetToBytes(target))];
    return [extended(routeOrigin.encode({ kind: "route-origin", origin: target, transitive: true }))];
  }
  if (/^\w+:./.test(text)) return undefined;
  throw new RequestError(
    "WEFT_BAD_REQUEST",
    `community=${text} is no community; allowed: 65000:1, 65000:1:2, no-export, RT:65000:100, and what the column COMMUNITIES shows`,
  );
}
