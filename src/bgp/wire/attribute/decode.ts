// SPDX-License-Identifier: Apache-2.0
import { Reader } from "../../../base/bytes/reader.ts";
import type { CodecContext } from "../context.ts";
import { Malformed, malformedMessage } from "../errors.ts";
import { type Family, familyOf } from "../family.ts";
import type { AttributeFault, Reaction } from "../fault.ts";
import { notification } from "../notification.ts";
import type { Attribute } from "./attribute.ts";
import type { AttributeCodec } from "./codec.ts";
import { extendedLengthFlag, optionalFlag, transitiveFlag } from "./flags.ts";
import { rawAttributeTable } from "./raw-attribute.ts";
import { attributeCodec, attributeName } from "./table.ts";

export interface AttributeContext extends CodecContext {
  /**
   * Which routes the message announces: in its body (NEXT_HOP is needed), by MP_REACH_NLRI only, or none.
   * Left out: `mp` when the block holds MP_REACH_NLRI, else `none`. Whoever took MP_REACH_NLRI out of the block says `mp`.
   */
  readonly reach?: "body" | "mp" | "none";
}

export interface DecodedAttributes {
  /** Those that are sound, in their order. */
  readonly attributes: readonly Attribute[];
  readonly faults: readonly AttributeFault[];
}

/** RFC 4271 §6.3 subcodes of UPDATE Message Error. */
const subcode = {
  unrecognizedWellKnown: 2,
  missingWellKnown: 3,
  flags: 4,
  length: 5,
  origin: 6,
  optional: 9,
  asPath: 11,
  list: 1,
} as const;

/** Where one attribute lies in the block. */
interface Extent {
  readonly at: number;
  readonly flags: number;
  readonly code: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Decodes a block of path attributes and judges it by RFC 7606. Never throws, whatever the octets: what is malformed is left
 * out of `attributes` and named in `faults`. A block from which MP_REACH_NLRI and MP_UNREACH_NLRI were cut out is fine.
 */
export function decodeAttributes(bytes: Uint8Array, context: AttributeContext): DecodedAttributes {
  const attributes: Attribute[] = [];
  const faults: AttributeFault[] = [];
  const seen = new Set<number>();
  for (let at = 0; at < bytes.length;) {
    const extent = extentAt(bytes, at);
    if ("reaction" in extent) {
      faults.push(extent);
      break;
    }
    at = extent.to;
    const decoded = seen.has(extent.code) ? duplicate(bytes, extent) : decodeOne(bytes, extent, context);
    seen.add(extent.code);
    if ("reaction" in decoded) faults.push(decoded);
    else attributes.push(decoded);
  }
  const reach = context.reach ?? (seen.has(14) ? "mp" : "none");
  for (const code of mandatory(reach, context)) if (!seen.has(code)) faults.push(missing(code));
  return { attributes, faults };
}

/** The faults alone, for whoever keeps the octets as they are. */
export function checkAttributes(bytes: Uint8Array, context: AttributeContext): readonly AttributeFault[] {
  return decodeAttributes(bytes, context).faults;
}

/** Finds the attribute at `at`. RFC 7606 §4: one that does not fit is treat-as-withdraw, and nothing can be read behind it. */
function extentAt(b: Uint8Array, at: number): Extent | AttributeFault {
  const flags = b[at]!;
  const code = b[at + 1];
  const extended = (flags & extendedLengthFlag) !== 0;
  const from = at + (extended ? 4 : 3);
  // A cut-off MP_REACH_NLRI or MP_UNREACH_NLRI names routes that nobody can withdraw any more: RFC 7606 §5.3.
  const reaction = code === 14 || code === 15 ? "reset" : "withdraw";
  if (code === undefined || from > b.length)
    return fault(reaction, code, `${b.length - at} octets left where an attribute should begin`, subcode.length, b.subarray(at));
  const to = from + (extended ? (b[at + 2]! << 8) | b[at + 3]! : b[at + 2]!);
  if (to <= b.length) return { at, flags, code, from, to };
  return fault(reaction, code, `length ${to - from} runs past the attributes by ${to - b.length}`, subcode.length, b.subarray(at));
}

function decodeOne(b: Uint8Array, x: Extent, context: CodecContext): Attribute | AttributeFault {
  const unwanted = unwantedFrom(x.code, context);
  if (unwanted !== undefined) return fault("discard", x.code, unwanted, subcode.optional, b.subarray(x.at, x.to));
  const codec = attributeCodec(x.code);
  const row = codec ?? rawAttributeTable.find((r) => r.code === x.code);
  if (!row && (x.flags & optionalFlag) === 0)
    return fault("reset", x.code, "well-known attribute that nobody knows", subcode.unrecognizedWellKnown, b.subarray(x.at, x.to));
  const mask = optionalFlag | transitiveFlag;
  if (row && (x.flags & mask) !== row.flags) {
    const message = `flags 0x${x.flags.toString(16).padStart(2, "0")}, the optional and transitive bits must be 0x${row.flags.toString(16).padStart(2, "0")}`;
    return wrongFlags(b, x, codec, message, context);
  }
  try {
    if (codec) return codec.decode(new Reader(b, x.from, x.to), x.flags, context);
    const wrong = row && "check" in row ? row.check(x.to - x.from) : undefined;
    if (wrong !== undefined) throw new Malformed(wrong);
    return { kind: "raw", flags: x.flags, code: x.code, value: b.slice(x.from, x.to) };
  } catch (error) {
    const message = malformedMessage(error);
    if (message === undefined || !row) throw error;
    return malformed(b, x, row.whenMalformed, message, subcodeOf(x, message));
  }
}

/** RFC 7606 §3(c): treat-as-withdraw, also of the routes that the attribute itself names, as long as they can be read (§3(j)). */
function wrongFlags(
  b: Uint8Array,
  x: Extent,
  codec: AttributeCodec<Attribute> | undefined,
  message: string,
  context: CodecContext,
): AttributeFault {
  if (x.code !== 14 && x.code !== 15) return malformed(b, x, "withdraw", message, subcode.flags);
  try {
    codec?.decode(new Reader(b, x.from, x.to), x.flags, context);
    return fault("withdraw", x.code, message, subcode.flags, b.subarray(x.at, x.to));
  } catch (error) {
    if (malformedMessage(error) === undefined) throw error;
    return malformed(b, x, "withdraw", message, subcode.flags);
  }
}

function subcodeOf(x: Extent, message: string): number {
  if (x.code === 2) return subcode.asPath;
  if (message.startsWith("length")) return subcode.length;
  return x.code === 1 ? subcode.origin : subcode.optional;
}

/** A malformed attribute; when it names routes, RFC 7606 §5.3 gives up the family, or the session where not even that can be read. */
function malformed(b: Uint8Array, x: Extent, reaction: Reaction, message: string, code: number): AttributeFault {
  const data = b.subarray(x.at, x.to);
  if (x.code !== 14 && x.code !== 15) return fault(reaction, x.code, message, code, data);
  if (x.to - x.from < 3) return fault("reset", x.code, message, code, data);
  const family = familyOf((b[x.from]! << 8) | b[x.from + 1]!, b[x.from + 2]!);
  return fault("disable-family", x.code, `${family}: ${message}`, code, data, family);
}

/** RFC 7606 §3(g): the first counts; a second MP_REACH_NLRI or MP_UNREACH_NLRI ends the session. */
function duplicate(b: Uint8Array, x: Extent): AttributeFault {
  const mp = x.code === 14 || x.code === 15;
  return fault(mp ? "reset" : "discard", x.code, "appears more than once", subcode.list, mp ? new Uint8Array(0) : b.subarray(x.at, x.to));
}

/** Why an attribute must not come from this peer and is ignored, sound or not — RFC 7606 §7.5, §7.9, §7.10; RFC 6793 §6. */
function unwantedFrom(code: number, context: CodecContext): string | undefined {
  if (context.peer === "ebgp" && (code === 5 || code === 9 || code === 10)) return "from an external peer";
  if (context.peer !== "unknown" && context.fourOctetAs && (code === 17 || code === 18))
    return "from a peer that speaks four-octet AS numbers";
  return undefined;
}

/** RFC 4271 §5: what a message that announces routes must hold. */
function mandatory(reach: "body" | "mp" | "none", context: CodecContext): readonly number[] {
  if (reach === "none") return [];
  const codes = reach === "body" ? [1, 2, 3] : [1, 2];
  return context.peer === "ibgp" ? [...codes, 5] : codes;
}

function missing(code: number): AttributeFault {
  return fault("withdraw", code, "well-known attribute is missing", subcode.missingWellKnown, Uint8Array.of(code));
}

/** Data of a NOTIFICATION that still fits in 4096 octets. */
const mostData = 4096 - 21;

function fault(reaction: Reaction, code: number | undefined, what: string, sub: number, data: Uint8Array, family?: Family): AttributeFault {
  const message = code === undefined ? what : `${attributeName(code)}: ${what}`;
  const base = { reaction, attribute: code, message, notification: notification(3, sub, data.slice(0, mostData)) };
  return family === undefined ? base : { ...base, family };
}
