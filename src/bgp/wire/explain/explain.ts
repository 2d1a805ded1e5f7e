// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../base/bytes/hex.ts";
import { Writer } from "../../../base/bytes/writer.ts";
import { attributeName } from "../attribute/table.ts";
import type { CodecContext } from "../context.ts";
import { Malformed, malformedMessage } from "../errors.ts";
import type { Family } from "../family.ts";
import { type AttributeFault, type Reaction, strongestFault } from "../fault.ts";
import { headerLength } from "../frame.ts";
import { decodeMessage, encodeMessage } from "../message.ts";
import { decodeNlriField, encodeNlriField } from "../nlri/field.ts";
import { notificationCodeName, notificationSubcodeName } from "../notification-names.ts";
import { type Notification, notification } from "../notification.ts";
import { decodeUpdate, encodeUpdate } from "../update.ts";
import { explainMessage, explainUpdate } from "./explain-message.ts";
import { explainNlri } from "./explain-nlri.ts";
import type { Json } from "./json.ts";

export interface ExplainOptions {
  /** Of an `nlri`; `l2vpn-evpn` when left out. */
  readonly family?: Family;
  /** True when left out. */
  readonly fourOctetAs?: boolean;
  /** Families with path identifiers (RFC 7911). */
  readonly addPath?: ReadonlySet<Family>;
  /** Whose rules to judge by; `unknown` when left out. */
  readonly peer?: CodecContext["peer"];
}

export type Explanation =
  | {
      readonly ok: true;
      /** Every field by name. */
      readonly value: Json;
      /** Made again from the decoded value: equal to the input. */
      readonly reencoded: Uint8Array;
    }
  | {
      readonly ok: false;
      /** RFC 7606; `reset` for what ends the session. */
      readonly verdict: Reaction;
      readonly message: string;
      /** What a session would send for it, if it has to end. */
      readonly notification: ExplainedNotification;
      readonly faults: readonly ExplainedFault[];
    };

export interface ExplainedNotification {
  readonly code: number;
  readonly subcode: number;
  readonly codeName: string;
  readonly subcodeName: string;
  /** Hex. */
  readonly data: string;
}

export interface ExplainedFault {
  readonly verdict: Reaction;
  readonly attribute: number | null;
  readonly attributeName: string | null;
  readonly message: string;
}

/**
 * Says what octets mean, or what is wrong with them. Never throws, whatever the octets.
 *
 * - `message`: one whole message, header included.
 * - `update`: an UPDATE, whole when it begins with the marker, else its body behind the 19 octets of the header.
 * - `nlri`: routes of one family as they stand in a message; one gives an object, several give a list.
 */
export function explain(as: "message" | "update" | "nlri", bytes: Uint8Array, options: ExplainOptions = {}): Explanation {
  const base = { fourOctetAs: options.fourOctetAs ?? true, peer: options.peer ?? "unknown" } as const;
  const context: CodecContext = options.addPath === undefined ? base : { ...base, addPath: options.addPath };
  if (as === "nlri") return explainRoutes(bytes, options.family ?? "l2vpn-evpn", context);
  if (as === "update" && !beginsWithMarker(bytes)) return explainBody(bytes, context);
  return explainWhole(as, bytes, context);
}

/** A body cannot begin so: its withdrawn routes would be 65535 octets long. */
function beginsWithMarker(bytes: Uint8Array): boolean {
  return bytes.length >= headerLength && bytes.subarray(0, 16).every((octet) => octet === 0xff);
}

function explainWhole(as: "message" | "update", bytes: Uint8Array, context: CodecContext): Explanation {
  const decoded = decodeMessage(bytes, context);
  if (!decoded.ok) return refused("reset", decoded.message, decoded.notification, decoded.faults);
  if (decoded.faults.length > 0) return judged(decoded.faults);
  if (as === "update" && decoded.message.kind !== "update")
    return refused("reset", `a message of type ${decoded.message.kind}, not UPDATE`, notification(1, 3, bytes.slice(18, 19)), []);
  return { ok: true, value: explainMessage(decoded.message), reencoded: encodeMessage(decoded.message, context) };
}

function explainBody(body: Uint8Array, context: CodecContext): Explanation {
  const { update, faults } = decodeUpdate(body, context);
  if (update === undefined || faults.length > 0) return judged(faults);
  const w = new Writer(body.length + 16);
  encodeUpdate(update, w, context);
  return { ok: true, value: { type: "UPDATE", ...explainUpdate(update) }, reencoded: w.finish() };
}

function explainRoutes(bytes: Uint8Array, family: Family, context: CodecContext): Explanation {
  try {
    const routes = decodeNlriField(bytes, 0, bytes.length, family, context);
    if (routes.length === 0) throw new Malformed("no octets where a route should stand");
    const w = new Writer(bytes.length + 16);
    encodeNlriField(routes, family, context, w);
    const values = routes.map((route): Json => ({ family, ...(explainNlri(family, route) as object) }));
    return { ok: true, value: values.length === 1 ? values[0]! : values, reencoded: w.finish() };
  } catch (error) {
    const message = malformedMessage(error);
    if (message === undefined) throw error;
    // RFC 7606 §5.3: the IPv4 fields of the body end the session, those of MP_REACH_NLRI and MP_UNREACH_NLRI the family.
    if (family === "ipv4-unicast") return refused("reset", message, notification(3, 10), []);
    return refused("disable-family", message, notification(3, 9), []);
  }
}

function judged(faults: readonly AttributeFault[]): Explanation {
  const worst = strongestFault(faults)!;
  return refused(worst.reaction, worst.message, worst.notification, faults);
}

function refused(verdict: Reaction, message: string, n: Notification, faults: readonly AttributeFault[]): Explanation {
  const own: ExplainedFault = { verdict, attribute: null, attributeName: null, message };
  return {
    ok: false,
    verdict,
    message,
    notification: {
      code: n.code,
      subcode: n.subcode,
      codeName: notificationCodeName(n.code),
      subcodeName: notificationSubcodeName(n.code, n.subcode),
      data: toHex(n.data),
    },
    faults: faults.length === 0 ? [own] : faults.map(explainFault),
  };
}

function explainFault(f: AttributeFault): ExplainedFault {
  const attribute = f.attribute ?? null;
  return { verdict: f.reaction, attribute, attributeName: attribute === null ? null : attributeName(attribute), message: f.message };
}
