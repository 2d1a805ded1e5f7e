// SPDX-License-Identifier: Apache-2.0
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import type { Target } from "./target.ts";

export interface Finding {
  readonly target: string;
  readonly input: Uint8Array;
  readonly error: string;
}

/** Inputs kept beyond those that a target came with. */
const mostKept = 2000;
/** Outcomes told apart, so that a run of days stays within its memory. */
const mostFates = 20_000;
/** Findings of one target with the same words are one. */
const mostFindings = 20;

/** The search through one target: what has been tried, what is worth varying, what went wrong. */
export class Campaign {
  readonly target: Target;
  readonly findings: Finding[] = [];
  executions = 0;
  milliseconds = 0;
  readonly #random: Random;
  readonly #pool: Uint8Array[];
  /** Hashes of their words. */
  readonly #fates = new Set<number>();
  readonly #faults = new Set<string>();
  #begun = 0;

  constructor(target: Target, seed: number) {
    this.target = target;
    this.#random = new Random(seed);
    // Plain copies: a slice of a Buffer would be a view of it.
    this.#pool = target.corpus.map((c) => Uint8Array.from(c));
  }

  /** Different outcomes so far. */
  get fates(): number {
    return this.#fates.size;
  }

  /** Works until the time is over; the inputs that the target came with are first. */
  async run(milliseconds: number): Promise<void> {
    const from = performance.now();
    const until = from + milliseconds;
    for (let now = from; now < until; now = performance.now()) {
      const input = this.#next();
      // Most targets answer at once: awaiting them all would cost more than they do.
      const outcome = this.#feed(input);
      if (outcome instanceof Promise) await outcome;
    }
    this.milliseconds += performance.now() - from;
  }

  /** One given input. @throws what the target throws */
  async replay(input: Uint8Array): Promise<string> {
    const words = await this.target.run(Uint8Array.from(input));
    await this.target.end?.();
    return words;
  }

  async end(): Promise<void> {
    try {
      await this.target.end?.();
    } catch (error) {
      this.#fault(new Uint8Array(0), error);
    }
  }

  #next(): Uint8Array {
    const { corpus, dictionary = [], longest = 2048 } = this.target;
    if (this.#begun < corpus.length) return this.#pool[this.#begun++]!;
    // The shorter of two: variations tend to grow, and what is long is slow and says little.
    const [one, other] = [this.#random.of(this.#pool), this.#random.of(this.#pool)];
    return mutate(one.length < other.length ? one : other, this.#random, { corpus: this.#pool, dictionary, longest });
  }

  #feed(input: Uint8Array): Promise<void> | undefined {
    this.executions++;
    try {
      // A copy: a target that changes its input must not change what others are made of.
      const outcome = this.target.run(input.slice());
      if (typeof outcome === "string") this.#learn(input, outcome);
      else
        return outcome.then(
          (words) => this.#learn(input, words),
          (error: unknown) => this.#fault(input, error),
        );
    } catch (error) {
      this.#fault(input, error);
    }
    return undefined;
  }

  #learn(input: Uint8Array, words: string): void {
    const fate = hashOf(words);
    if (this.#fates.has(fate) || this.#fates.size >= mostFates) return;
    this.#fates.add(fate);
    if (this.#pool.length < this.target.corpus.length + mostKept) this.#pool.push(input);
    else this.#pool[this.target.corpus.length + this.#random.below(mostKept)] = input;
  }

  #fault(input: Uint8Array, error: unknown): void {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const same = words.replaceAll(/0x[0-9a-f]+|\d+/g, "#").slice(0, 300);
    if (this.#faults.has(same) || this.findings.length >= mostFindings) return;
    this.#faults.add(same);
    this.findings.push({ target: this.target.name, input, error: words });
  }
}

/** 53 bits of it: cyrb53. */
function hashOf(text: string): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
