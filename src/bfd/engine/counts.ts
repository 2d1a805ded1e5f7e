// SPDX-License-Identifier: Apache-2.0
import { type Discard, discards } from "../packet/discard.ts";

const rules = Object.keys(discards) as readonly Discard[];

/**
 * Counts of all sessions since the start, in memory that threads may share: one thread writes, others read what was written last.
 * A double is read and written whole on the 64-bit machines that this runs on.
 */
export class Counts {
  readonly memory: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8 * (3 + rules.length))) {
    this.memory = memory;
    this.#values = new Float64Array(memory);
  }

  received(): void {
    this.#values[0]!++;
  }

  sent(): void {
    this.#values[1]!++;
  }

  /** A packet that the kernel refused to send. */
  unsent(): void {
    this.#values[2]!++;
  }

  discarded(rule: Discard): void {
    this.#values[3 + rules.indexOf(rule)]!++;
  }

  read(): {
    readonly received: number;
    readonly sent: number;
    readonly unsent: number;
    readonly discards: ReadonlyMap<Discard, number>;
  } {
    const v = this.#values;
    return {
      received: v[0]!,
      sent: v[1]!,
      unsent: v[2]!,
      discards: new Map(rules.map((rule, i) => [rule, v[3 + i]!])),
    };
  }
}
