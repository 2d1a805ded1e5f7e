// SPDX-License-Identifier: Apache-2.0
import type { Family } from "./family.ts";

/** What a session negotiated and what the codec therefore has to know. */
export interface CodecContext {
  /** RFC 6793 holds in both directions: AS numbers in AS_PATH and AGGREGATOR have four octets, else two. */
  readonly fourOctetAs: boolean;
  /** Whose rules apply to LOCAL_PREF, ORIGINATOR_ID and the like; `unknown` (a message from a file) applies neither's. */
  readonly peer: "ibgp" | "ebgp" | "unknown";
  /** Families whose NLRI carry a path identifier in this direction — RFC 7911 §3. */
  readonly addPath?: ReadonlySet<Family>;
}
