// SPDX-License-Identifier: Apache-2.0
import type { Candidate } from "./candidate.ts";

const none: readonly Candidate[] = [];

/** The routes for one MAC, address or VTEP: mostly one, so a set is only made for more. 50,000 sets of one took 10 MB (bench/figures/fib.ts). */
export class Candidates implements Iterable<Candidate> {
  #one: Candidate | undefined;
  #many: Set<Candidate> | undefined;

  get size(): number {
    return this.#many?.size ?? (this.#one ? 1 : 0);
  }

  /** The only one; undefined when there is none or more. */
  get single(): Candidate | undefined {
    return this.#one;
  }

  add(candidate: Candidate): void {
    if (this.#many) this.#many.add(candidate);
    else if (this.#one === undefined) this.#one = candidate;
    else if (this.#one !== candidate) {
      this.#many = new Set([this.#one, candidate]);
      this.#one = undefined;
    }
  }

  delete(candidate: Candidate): void {
    if (this.#one === candidate) this.#one = undefined;
    if (!this.#many?.delete(candidate) || this.#many.size > 1) return;
    [this.#one] = this.#many;
    this.#many = undefined;
  }

  [Symbol.iterator](): Iterator<Candidate> {
    return (this.#many ?? (this.#one ? [this.#one] : none))[Symbol.iterator]();
  }
}
