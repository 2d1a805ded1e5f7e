// SPDX-License-Identifier: Apache-2.0
/** What a RIB tells of itself in numbers. */
import type { PeerCounters } from "./peer-state.ts";
import type { Refusal } from "./policy/refusals.ts";

/** Of one peer. */
export interface RibPeerStats extends PeerCounters {
  /** Paths that it has in the table, for maximum-prefix and `received`. */
  readonly received: number;
  /** Best paths that are for it, as of the last flush: what it holds when it is not congested, policy and {@link RibStats.oversize} aside. */
  readonly sent: number;
  /** Best paths that it could have and did not ask for by route target — RFC 4684. */
  readonly withheld: number;
  /** Route target memberships that it announced. */
  readonly memberships: number;
  readonly congested: boolean;
  /** Changed routes that wait for it to drain. */
  readonly missed: number;
  readonly stale: boolean;
  /** Routes that it announced in this session and that were not let in, by rule. */
  readonly refused: readonly Refusal[];
  /** Routes that an export policy kept from it and the peers that get the same, each time that they changed. */
  readonly keptBack: readonly Refusal[];
}

export interface RibStats {
  readonly routes: number;
  readonly paths: number;
  /** Records kept for routes that are gone. */
  readonly deadRecords: number;
  readonly attributeSets: number;
  /** Interned octets outside keys: ESIs, label stacks. */
  readonly rests: number;
  readonly groups: number;
  /** Octets of the tables; the JavaScript heap comes on top. */
  readonly memory: number;
  /** Routes withdrawn from a group because they fit in none of its messages. */
  readonly oversize: number;
}
