// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes } from "../../base/net/ip.ts";
import { type Mac, macFromBytes, macToBytes } from "../../base/net/mac.ts";
import { NetlinkDecodeError } from "../errors.ts";
import type { AttributeCursor, RawAttribute } from "./attribute.ts";
import type { MessageWriter } from "./message-writer.ts";
import { be16At, i32At, u16At, u32At } from "./scalar.ts";

/** How one attribute's value is read and written. */
export interface AttributeCodec<T> {
  read(at: AttributeCursor): T;
  write(w: MessageWriter, type: number, value: T): void;
}

export const u8: AttributeCodec<number> = {
  read: (a) => a.bytes[a.need(1)]!,
  write: (w, type, value) => void w.attributeU8(type, value),
};

export const u16: AttributeCodec<number> = {
  read: (a) => u16At(a.bytes, a.need(2)),
  write: (w, type, value) => void w.attributeU16(type, value),
};

/** Network byte order: UDP ports. */
export const be16: AttributeCodec<number> = {
  read: (a) => be16At(a.bytes, a.need(2)),
  write: (w, type, value) => void w.attributeU16(type, ((value & 255) << 8) | (value >>> 8)),
};

export const u32: AttributeCodec<number> = {
  read: (a) => u32At(a.bytes, a.need(4)),
  write: (w, type, value) => void w.attributeU32(type, value),
};

export const i32: AttributeCodec<number> = {
  read: (a) => i32At(a.bytes, a.need(4)),
  write: (w, type, value) => void w.attributeU32(type, value),
};

/** One octet, 0 or 1. */
export const bool8: AttributeCodec<boolean> = {
  read: (a) => a.bytes[a.need(1)]! !== 0,
  write: (w, type, value) => void w.attributeU8(type, value ? 1 : 0),
};

/** Present or not; false writes nothing. */
export const flag: AttributeCodec<boolean> = {
  read: () => true,
  write: (w, type, value) => void (value && w.attribute(type, empty)),
};

const empty = new Uint8Array(0);
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Text that ends at its first NUL. */
export const text: AttributeCodec<string> = {
  read(a) {
    let end = a.start;
    while (end < a.end && a.bytes[end] !== 0) end++;
    return decoder.decode(a.bytes.subarray(a.start, end));
  },
  write: (w, type, value) => void w.attribute(type, encoder.encode(`${value}\0`)),
};

/** 4 or 16 octets. */
export const ip: AttributeCodec<Ip> = {
  read(a) {
    const size = a.end - a.start;
    if (size !== 4 && size !== 16) throw new NetlinkDecodeError(`address of ${size} octets`, a.start);
    return ipFromBytes(a.bytes, a.start, size);
  },
  write: (w, type, value) => void w.attribute(type, octetsOf(value)),
};

let [lastIp, lastOctets] = ["" as Ip, new Uint8Array()];

/** Requests come by the thousand with the same address: its text is read once. */
function octetsOf(value: Ip): Uint8Array {
  if (value !== lastIp) [lastIp, lastOctets] = [value, ipToBytes(value)];
  return lastOctets;
}

export const mac: AttributeCodec<Mac> = {
  read: (a) => macFromBytes(a.bytes, a.need(6)),
  write: (w, type, value) => void w.attribute(type, macToBytes(value)),
};

/** One row of a table of optional attributes: the field of the value, its number in the kernel's header, its codec. */
export type OptionRow<T> = {
  [K in keyof T]-?: { readonly field: K; readonly attribute: number; readonly codec: AttributeCodec<NonNullable<T[K]>> };
}[keyof T];

/** Writes the fields that are present, in the order of the table. */
export function writeOptions<T extends object>(w: MessageWriter, rows: readonly OptionRow<T>[], value: T): void {
  for (const row of rows) {
    const present = value[row.field];
    // The row's codec was made for this very field; the union of rows hides that from the compiler.
    if (present !== undefined) (row.codec as AttributeCodec<unknown>).write(w, row.attribute, present);
  }
}

/** Reads one attribute into `into` when a row knows it, else keeps it in `unknown`. */
export function readOption<T extends object>(
  a: AttributeCursor,
  rows: ReadonlyMap<number, OptionRow<T>>,
  into: Partial<T>,
  unknown: RawAttribute[],
): void {
  const row = rows.get(a.type);
  if (row) into[row.field] = row.codec.read(a);
  else unknown.push(a.raw());
}

/** By attribute number, for {@link readOption}. */
export function rowsByAttribute<T>(rows: readonly OptionRow<T>[]): ReadonlyMap<number, OptionRow<T>> {
  return new Map(rows.map((row) => [row.attribute, row]));
}
