// SPDX-License-Identifier: Apache-2.0
import { RecordBits } from "../../bgp/rib/record-bits.ts";
import type { RecordId } from "../../bgp/rib/record.ts";
import type { PeerSlot } from "../../bgp/rib/types.ts";

/** A changed route: of which peer, 0 for the best path of all. */
export interface Change {
  readonly record: RecordId;
  readonly slot: PeerSlot;
}

/** Routes that changed and that a station has yet to hear of, in order; of a fixed size, whatever the station does. */
export class ChangeRing {
  readonly #records: Int32Array;
  readonly #slots: Int32Array;
  #start = 0;
  #length = 0;
  /** Records in the ring; some that were taken stay in it until it is empty. */
  #bits = new RecordBits();

  constructor(capacity: number) {
    this.#records = new Int32Array(capacity);
    this.#slots = new Int32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** @returns false when it is full: the change is lost, and with it the truth of what is in the ring */
  push(record: RecordId, slot: PeerSlot): boolean {
    if (this.#length > 0) {
      const last = (this.#start + this.#length - 1) % this.#records.length;
      // An UPDATE that replaces and a best path that follows come as the same change, one behind the other.
      if (this.#records[last] === record && this.#slots[last] === slot) return true;
    }
    if (this.#length === this.#records.length) return false;
    const at = (this.#start + this.#length++) % this.#records.length;
    this.#records[at] = record;
    this.#slots[at] = slot;
    this.#bits.add(record);
    return true;
  }

  has(record: RecordId): boolean {
    return this.#length > 0 && this.#bits.has(record);
  }

  /** The oldest one, taken out. */
  take(): Change | undefined {
    if (this.#length === 0) return undefined;
    const change = { record: this.#records[this.#start]!, slot: this.#slots[this.#start]! };
    this.#start = (this.#start + 1) % this.#records.length;
    if (--this.#length === 0) this.#bits = new RecordBits();
    return change;
  }
}
