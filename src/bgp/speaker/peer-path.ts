// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { PeerSettings } from "./peer-settings.ts";

/** The way to a peer, for BFD to watch. */
export interface PeerPath {
  /** Our end of its newest session. */
  readonly local: Ip;
  readonly settings: PeerSettings;
  /** When the session was established that is there now, ms of the speaker's clock; undefined: there is none. */
  readonly establishedAt: number | undefined;
}
