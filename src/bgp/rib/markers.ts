// SPDX-License-Identifier: Apache-2.0
import { afiSafi, type Family } from "../wire/family.ts";

const marker = Array.from({ length: 16 }, () => 0xff);

/** RFC 4724 §2: an empty UPDATE for IPv4 unicast, else one with an empty MP_UNREACH_NLRI. */
export function endOfRibMessage(family: Family): Uint8Array {
  const { afi, safi } = afiSafi(family);
  if (afi === 1 && safi === 1) return Uint8Array.of(...marker, 0, 23, 2, 0, 0, 0, 0);
  return Uint8Array.of(...marker, 0, 29, 2, 0, 0, 0, 6, 0x80, 15, 3, afi >> 8, afi & 255, safi);
}

/** ROUTE-REFRESH that marks the beginning or the end of a refresh — RFC 7313 §4. */
export function refreshMark(family: Family, which: "begin" | "end"): Uint8Array {
  const { afi, safi } = afiSafi(family);
  return Uint8Array.of(...marker, 0, 23, 5, afi >> 8, afi & 255, which === "begin" ? 1 : 2, safi);
}
