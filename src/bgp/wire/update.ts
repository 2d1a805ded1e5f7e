// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../base/bytes/writer.ts";
import type { Attribute } from "./attribute/attribute.ts";
import { decodeAttributes } from "./attribute/decode.ts";
import { encodeAttributes } from "./attribute/encode.ts";
import type { CodecContext } from "./context.ts";
import { malformedMessage } from "./errors.ts";
import type { Family } from "./family.ts";
import type { AttributeFault } from "./fault.ts";
import { decodeNlriField, encodeNlriField } from "./nlri/field.ts";
import type { Nlri } from "./nlri/nlri.ts";
import { notification } from "./notification.ts";

/**
 * UPDATE — RFC 4271 §4.3.
 *
 *   withdrawn length 2 | withdrawn IPv4 prefixes | attributes length 2 | path attributes | announced IPv4 prefixes
 */
export interface Update {
  readonly kind: "update";
  /** IPv4 unicast; other families withdraw through {@link MpUnreach}. */
  readonly withdrawn: readonly Nlri[];
  readonly attributes: readonly Attribute[];
  /** IPv4 unicast; other families announce through {@link MpReach}. */
  readonly announced: readonly Nlri[];
}

export interface DecodedUpdate {
  /** What could be read: malformed attributes are left out; undefined when not even the fields could be told apart. */
  readonly update: Update | undefined;
  /** Empty for a sound message; {@link strongestFault} says what to do. */
  readonly faults: readonly AttributeFault[];
}

/** Decodes the body behind the header. Never throws. */
export function decodeUpdate(body: Uint8Array, context: CodecContext): DecodedUpdate {
  if (body.length < 4) return unreadable(`body of ${body.length} octets, must be at least 4`);
  const withdrawnEnd = 2 + ((body[0]! << 8) | body[1]!);
  if (withdrawnEnd + 2 > body.length) return unreadable(`withdrawn routes length ${withdrawnEnd - 2} leaves no room for the rest`);
  const attributesFrom = withdrawnEnd + 2;
  const attributesEnd = attributesFrom + ((body[withdrawnEnd]! << 8) | body[withdrawnEnd + 1]!);
  if (attributesEnd > body.length) return unreadable(`total path attribute length runs past the message by ${attributesEnd - body.length}`);
  const faults: AttributeFault[] = [];
  const withdrawn = prefixes(body, 2, withdrawnEnd, context, "withdrawn routes", faults);
  const announced = prefixes(body, attributesEnd, body.length, context, "NLRI", faults);
  const block = body.subarray(attributesFrom, attributesEnd);
  const inBody = attributesEnd < body.length;
  const { attributes, faults: found } = decodeAttributes(block, inBody ? { ...context, reach: "body" } : context);
  const reached = inBody || attributes.some((a) => a.kind === "mp-reach" && a.routes.length > 0) || found.some((f) => f.attribute === 14);
  faults.push(...(reached ? found : found.map(withoutRoutes)));
  return { update: { kind: "update", withdrawn, attributes, announced }, faults };
}

function prefixes(
  b: Uint8Array,
  from: number,
  to: number,
  context: CodecContext,
  field: string,
  faults: AttributeFault[],
): readonly Nlri[] {
  try {
    return decodeNlriField(b, from, to, "ipv4-unicast", context);
  } catch (error) {
    const message = malformedMessage(error);
    if (message === undefined) throw error;
    // RFC 7606 §5.3: without a whole list of prefixes there is nothing to treat as withdrawn. Subcode 10, Invalid Network Field.
    faults.push({ reaction: "reset", attribute: undefined, message: `${field}: ${message}`, notification: notification(3, 10) });
    return [];
  }
}

/**
 * RFC 7606 §5.2: an error in a message that announces nothing may have hidden its routes, so there is nothing to withdraw.
 * Routes of an MP_UNREACH_NLRI with wrong flags could be read, and are to be withdrawn anyway.
 */
function withoutRoutes(f: AttributeFault): AttributeFault {
  return f.reaction === "withdraw" && f.attribute !== 15
    ? { ...f, reaction: "reset", message: `${f.message} (and no routes that could be withdrawn)` }
    : f;
}

function unreadable(message: string): DecodedUpdate {
  return { update: undefined, faults: [{ reaction: "reset", attribute: undefined, message, notification: notification(3, 1) }] };
}

export function encodeUpdate(update: Update, w: Writer, context: CodecContext): void {
  const at = w.length;
  w.u16(0);
  encodeNlriField(update.withdrawn, "ipv4-unicast", context, w);
  w.patchU16(at, w.length - at - 2);
  const attributes = encodeAttributes(update.attributes, context);
  w.u16(attributes.length).put(attributes);
  encodeNlriField(update.announced, "ipv4-unicast", context, w);
}

/** The family whose table is now complete, when this is an End-of-RIB marker — RFC 4724 §2. */
export function endOfRib(update: Update): Family | undefined {
  if (update.withdrawn.length > 0 || update.announced.length > 0) return undefined;
  if (update.attributes.length === 0) return "ipv4-unicast";
  const only = update.attributes[0]!;
  return update.attributes.length === 1 && only.kind === "mp-unreach" && only.routes.length === 0 ? only.family : undefined;
}
