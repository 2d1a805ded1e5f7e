// SPDX-License-Identifier: Apache-2.0
import type { Reader } from "../../../base/bytes/reader.ts";
import { Malformed } from "../errors.ts";

/** @throws Malformed when the value does not have exactly `octets` octets */
export function expectLength(r: Reader, octets: number): void {
  if (r.remaining !== octets) throw new Malformed(`length ${r.remaining}, must be ${octets}`);
}

/** For lists. @throws Malformed when the value is no whole number of items, or empty where `least` is 1 */
export function expectMultiple(r: Reader, octets: number, least: 0 | 1): void {
  if (r.remaining % octets !== 0 || r.remaining < least * octets)
    throw new Malformed(`length ${r.remaining}, must be ${least === 1 ? "a non-zero" : "a"} multiple of ${octets}`);
}
