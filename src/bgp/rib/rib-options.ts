// SPDX-License-Identifier: Apache-2.0
import type { RibTap } from "./tap.ts";
import type { RibOutput } from "./types.ts";

export interface RibOptions {
  readonly asn: number;
  /** BGP identifier, unsigned. */
  readonly routerId: number;
  /** RFC 4456 §7; the router id when left out. */
  readonly clusterId?: number;
  readonly output: RibOutput;
  /** Start of the hash functions: any number that peers cannot know. */
  readonly seed?: number;
  readonly tap?: RibTap;
  /** Sizes to begin with and of a turn's work, small in tests. */
  readonly sizes?: { readonly pageWords?: number; readonly indexSlots?: number; readonly batch?: number; readonly step?: number };
}

/** Changed routes encoded together: more pack better, fewer need less memory. */
export const defaultBatch = 16384;
/** Routes of the work that takes several turns, per turn and peer. */
export const defaultStep = 8192;
/** Routes of one call of a replay. */
export const replayStep = 512;
