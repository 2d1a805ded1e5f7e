// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../base/bytes/hex.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Any of our values as JSON: octets in hex, what has no JSON form as text, absent fields left out. */
export function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object") {
    const fields = Object.entries(value).filter(([, v]) => v !== undefined);
    return Object.fromEntries(fields.map(([name, v]) => [name, toJson(v)]));
  }
  return typeof value === "bigint" ? String(value) : null;
}
