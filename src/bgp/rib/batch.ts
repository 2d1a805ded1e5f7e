// SPDX-License-Identifier: Apache-2.0
import type { Interest } from "./interest.ts";
import type { TargetsId } from "./route-target-sets.ts";
import type { PeerSlot } from "./types.ts";

/** Routes to tell about. `before[i]`: attributes of the path that the group holds, 0 none; undefined: nobody holds any. */
export interface Batch {
  readonly records: Int32Array;
  readonly before: Int32Array | undefined;
  readonly start: number;
  readonly count: number;
  /** The whole truth about these routes for this one peer: withdrawals of all that it must not have, whether it had it or not. */
  readonly stateFor?: { readonly slot: PeerSlot; readonly interest: Interest | undefined };
}

/** What one source's routes became: everybody but that source gets `bytes[start, end)`. */
export interface Segment {
  readonly source: PeerSlot;
  readonly start: number;
  readonly end: number;
  /** Entries of the batch that this source has to be told are gone: it held another's path and now its own is the best. */
  readonly displaced: readonly number[];
}

/**
 * Messages about routes of one source and one list of route targets: they are for everybody but that source who asked for `wanted` and, if
 * there is one, not for `unless`.
 */
export interface Part {
  readonly source: PeerSlot;
  readonly wanted: TargetsId;
  /** Of withdrawals: what the routes have now. Who asked for that is told so, and not that the route is gone. */
  readonly unless: TargetsId;
  readonly start: number;
  end: number;
}

export interface PartedEncoding {
  readonly parts: readonly Part[];
  /** As {@link Segment.displaced}, by source. */
  readonly displaced: ReadonlyMap<PeerSlot, readonly number[]>;
}
