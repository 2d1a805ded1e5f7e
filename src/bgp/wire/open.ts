// SPDX-License-Identifier: Apache-2.0
import { Reader } from "../../base/bytes/reader.ts";
import { Writer } from "../../base/bytes/writer.ts";
import { asTrans } from "./attribute/as-path.ts";
import type { Capability } from "./capability/capability.ts";
import { decodeCapability, encodeCapability } from "./capability/table.ts";
import { Malformed, NotEncodable, malformedMessage } from "./errors.ts";
import { type Notification, notification } from "./notification.ts";

/** One optional parameter; type 2 holds capabilities, all others are kept unread. */
export type OptionalParameter =
  | { readonly kind: "capabilities"; readonly capabilities: readonly Capability[] }
  | { readonly kind: "parameter"; readonly type: number; readonly value: Uint8Array };

/**
 * OPEN — RFC 4271 §4.2, extended parameters RFC 9072 §2.
 *
 *   version 1 | my AS 2 | hold time 2 | BGP identifier 4 | length 1 | (type 1 | length 1 | value) …
 *   or, behind the identifier: length 1 | 255 | length 2 | (type 1 | length 2 | value) …
 */
export interface Open {
  readonly kind: "open";
  readonly version: number;
  /** The two-octet field; {@link openAsn} gives the AS number that counts. */
  readonly myAs: number;
  /** Seconds. */
  readonly holdTime: number;
  /** Unsigned. */
  readonly identifier: number;
  /** In their order and grouping. */
  readonly parameters: readonly OptionalParameter[];
  /** Present when the parameters use the form of RFC 9072: the one-octet length that precedes it, 255 from a well-behaved sender. */
  readonly extended?: number;
}

export type DecodedOpen =
  | { readonly ok: true; readonly open: Open }
  | { readonly ok: false; readonly message: string; readonly notification: Notification };

/** What a speaker says of itself. */
export interface OpenOptions {
  /** Up to 32 bits; a {@link FourOctetAs} capability for it has to be in the list. */
  readonly asn: number;
  readonly holdTime: number;
  readonly identifier: number;
  readonly capabilities: readonly Capability[];
}

/** An OPEN with all capabilities in one parameter, in the form of RFC 9072 only when they need it. */
export function makeOpen(o: OpenOptions): Open {
  const open: Open = {
    kind: "open",
    version: 4,
    myAs: o.asn > 65535 ? asTrans : o.asn,
    holdTime: o.holdTime,
    identifier: o.identifier,
    parameters: o.capabilities.length === 0 ? [] : [{ kind: "capabilities", capabilities: o.capabilities }],
  };
  const w = new Writer(256);
  for (const c of o.capabilities) encodeCapability(c, w);
  return w.length > 253 ? { ...open, extended: 255 } : open;
}

/** All capabilities, in order. */
export function capabilitiesOf(open: Open): readonly Capability[] {
  return open.parameters.flatMap((p) => (p.kind === "capabilities" ? p.capabilities : []));
}

/** The sender's AS number: that of its four-octet capability where it has one — RFC 6793 §4.1. */
export function openAsn(open: Open): number {
  for (const c of capabilitiesOf(open)) if (c.kind === "four-octet-as") return c.asn;
  return open.myAs;
}

/** Decodes the body behind the header and judges it by RFC 4271 §6.2, as far as the message alone allows. Never throws. */
export function decodeOpen(body: Uint8Array): DecodedOpen {
  let open: Open;
  try {
    open = readOpen(new Reader(body));
  } catch (error) {
    const message = malformedMessage(error);
    if (message === undefined) throw error;
    return { ok: false, message, notification: notification(2, 0) };
  }
  return checkOpen(open);
}

function checkOpen(open: Open): DecodedOpen {
  const bad = (subcode: number, message: string, data?: Uint8Array): DecodedOpen => ({
    ok: false,
    message,
    notification: notification(2, subcode, data),
  });
  if (open.version !== 4) return bad(1, `version ${open.version}, must be 4`, Uint8Array.of(0, 4));
  // RFC 7607 §2: no speaker has AS 0.
  if (openAsn(open) === 0) return bad(2, "AS number 0");
  if (open.identifier === 0) return bad(3, "BGP identifier 0.0.0.0");
  if (open.holdTime === 1 || open.holdTime === 2) return bad(6, `hold time ${open.holdTime}, must be 0 or at least 3`);
  const strange = open.parameters.find((p) => p.kind === "parameter");
  if (strange?.kind === "parameter") return bad(4, `optional parameter ${strange.type} is not supported`);
  return { ok: true, open };
}

function readOpen(r: Reader): Open {
  const version = r.u8();
  const myAs = r.u16();
  const holdTime = r.u16();
  const identifier = r.u32();
  const length = r.u8();
  const base = { kind: "open", version, myAs, holdTime, identifier } as const;
  const isExtended = length !== 0 && r.remaining >= 3 && r.bytes[r.offset] === 255;
  if (isExtended) r.skip(1);
  const octets = isExtended ? r.u16() : length;
  if (octets !== r.remaining) throw new Malformed(`optional parameters length ${octets}, but ${r.remaining} octets follow`);
  const parameters: OptionalParameter[] = [];
  while (r.remaining > 0) {
    const type = r.u8();
    const value = r.take(isExtended ? r.u16() : r.u8());
    parameters.push(type === 2 ? readCapabilities(value) : { kind: "parameter", type, value: value.slice() });
  }
  return isExtended ? { ...base, parameters, extended: length } : { ...base, parameters };
}

function readCapabilities(value: Uint8Array): OptionalParameter {
  const r = new Reader(value);
  const capabilities: Capability[] = [];
  while (r.remaining > 0) {
    const code = r.u8();
    capabilities.push(decodeCapability(code, r.take(r.u8())));
  }
  return { kind: "capabilities", capabilities };
}

/** @throws NotEncodable when the parameters do not fit the form that `extended` chooses */
export function encodeOpen(open: Open, w: Writer): void {
  const isExtended = open.extended !== undefined;
  const list = new Writer(256);
  for (const p of open.parameters) {
    const value = new Writer(256);
    if (p.kind === "parameter") value.put(p.value);
    else for (const c of p.capabilities) encodeCapability(c, value);
    if (!isExtended && value.length > 255)
      throw new NotEncodable(`optional parameter of ${value.length} octets needs the form of RFC 9072`);
    list.u8(p.kind === "parameter" ? p.type : 2);
    if (isExtended) list.u16(value.length);
    else list.u8(value.length);
    list.put(value.finish());
  }
  if (!isExtended && list.length > 255) throw new NotEncodable(`optional parameters of ${list.length} octets need the form of RFC 9072`);
  w.u8(open.version).u16(open.myAs).u16(open.holdTime).u32(open.identifier);
  if (open.extended === undefined) w.u8(list.length);
  else w.u8(open.extended).u8(255).u16(list.length);
  w.put(list.finish());
}
