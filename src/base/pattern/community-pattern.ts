// SPDX-License-Identifier: Apache-2.0
/** Communities in text, with `*` for any number: octet patterns over the four, eight or twelve octets of one. */
import { administratorCommunity } from "./administrator-pattern.ts";
import { fieldOf, numberOrAny, type OctetPattern, patternOf } from "./octet-pattern.ts";

/** IANA "BGP Well-known Communities", by the names that FRR and Cisco give them. */
const wellKnown: Readonly<Record<string, number>> = {
  "graceful-shutdown": 0xffff0000,
  "accept-own": 0xffff0001,
  "llgr-stale": 0xffff0006,
  "no-llgr": 0xffff0007,
  blackhole: 0xffff029a,
  "no-export": 0xffffff01,
  "no-advertise": 0xffffff02,
  "no-export-subconfed": 0xffffff03,
  "local-as": 0xffffff03,
  "no-peer": 0xffffff04,
};

const subtypes: Readonly<Record<string, number>> = { rt: 0x02, soo: 0x03 };

/** Extended communities whose values people seldom name. */
const kinds: Readonly<Record<string, readonly [type: number, subtype: number]>> = {
  "mac-mobility": [0x06, 0x00],
  "esi-label": [0x06, 0x01],
  "es-import": [0x06, 0x02],
  "router-mac": [0x06, 0x03],
  "nd-flags": [0x06, 0x08],
  color: [0x03, 0x0b],
  encapsulation: [0x03, 0x0c],
  "default-gateway": [0x03, 0x0d],
  "group-policy-id": [0x03, 0x17],
};

/** `65000:1`, `65000:*`, `*:1`, `no-export`. */
export function parseCommunityPattern(text: string): readonly OctetPattern[] | undefined {
  const known = wellKnown[text.toLowerCase()];
  if (known !== undefined) return [patternOf([{ octets: 4, value: known }])];
  const parts = text.split(":").map((p) => numberOrAny(p, 0xffff));
  return parts.length === 2 ? ofParts(parts, 2) : undefined;
}

/** `65000:1:2` with `*` for any of the three — RFC 8092. */
export function parseLargeCommunityPattern(text: string): readonly OctetPattern[] | undefined {
  const parts = text.split(":").map((p) => numberOrAny(p, 0xffffffff));
  return parts.length === 3 ? ofParts(parts, 4) : undefined;
}

/** `rt:65000:100`, `soo:10.0.0.1:*`, the name of a kind (`mac-mobility`), or octets in hex from the first on (`0x030c000000000008`, `0x0600*`). */
export function parseExtendedCommunityPattern(text: string): readonly OctetPattern[] | undefined {
  const lower = text.toLowerCase();
  const kind = kinds[lower];
  if (kind)
    return [
      patternOf([
        { octets: 1, value: kind[0] },
        { octets: 1, value: kind[1] },
        { octets: 6, value: undefined },
      ]),
    ];
  const hex = /^0x((?:[0-9a-f]{2}){1,8})(\*?)$/.exec(lower);
  if (hex) {
    const octets = hex[1]!.match(/../g)!.map((h) => Number.parseInt(h, 16));
    if ((octets.length === 8) === (hex[2] === "*")) return undefined;
    return [patternOf([...octets.map((value) => ({ octets: 1, value })), { octets: 8 - octets.length, value: undefined }])];
  }
  const named = /^(rt|soo):(.+)$/.exec(lower);
  return named ? administratorCommunity(named[2]!.replace("l:", "L:"), subtypes[named[1]!]!) : undefined;
}

/** `65000:100`, `65000:*`, `*:100`: route targets. */
export function parseRouteTargetPattern(text: string): readonly OctetPattern[] | undefined {
  return administratorCommunity(text, subtypes["rt"]!);
}

/** The octets of one community, when the pattern leaves nothing open. */
export function exactOctets(patterns: readonly OctetPattern[] | undefined): Uint8Array | undefined {
  const one = patterns?.length === 1 ? patterns[0]! : undefined;
  // Route targets also match in their non-transitive form; what is added is transitive.
  return one?.mask.every((m, i) => m === 255 || (i === 0 && m === 0xbf)) ? one.value : undefined;
}

function ofParts(parts: readonly (number | "any" | undefined)[], octets: number): readonly OctetPattern[] | undefined {
  const fields = parts.flatMap((p) => (p === undefined ? [] : [fieldOf(octets, p)]));
  return fields.length === parts.length ? [patternOf(fields)] : undefined;
}
