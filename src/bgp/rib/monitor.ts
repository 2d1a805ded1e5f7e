// SPDX-License-Identifier: Apache-2.0
import type { RecordId } from "./record.ts";
import type { PeerSlot } from "./types.ts";

/** Told which routes changed, at once and often; it reads their newest state later, from `StoredPaths`. */
export interface RibMonitor {
  /** A peer's path of a route came, changed or went. */
  path(record: RecordId, slot: PeerSlot): void;
  /** The best paths of `records[start, start + count)` changed. */
  best(records: Int32Array, start: number, count: number): void;
  /** It has yet to read this route: its key must not be forgotten. */
  needs(record: RecordId): boolean;
}
