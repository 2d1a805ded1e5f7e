// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { prefixContains } from "../../base/net/prefix.ts";
import type { DynamicPeerConfig } from "./config.ts";

/** The longest range that holds `from`, the first of equals. */
export function rangeFor(from: Ip, ranges: readonly DynamicPeerConfig[]): DynamicPeerConfig | undefined {
  let best: DynamicPeerConfig | undefined;
  for (const r of ranges) if (prefixContains(r.range, from) && (!best || r.range.length > best.range.length)) best = r;
  return best;
}
