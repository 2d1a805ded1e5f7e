// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { SessionConfig } from "../session/config.ts";

/** Between which addresses a session runs. There is at most one of a kind between two addresses — RFC 5881 §3, RFC 5883 §4. */
export interface Endpoints {
  readonly local: Ip;
  readonly peer: Ip;
  /** RFC 5883; else single-hop, RFC 5881. */
  readonly multihop: boolean;
}

/** One text for each session. */
export function keyOf(e: Endpoints): string {
  return `${e.multihop ? "multihop" : "single-hop"} ${e.local} ${e.peer}`;
}

export interface WantedSession extends Endpoints {
  readonly config: SessionConfig;
}
