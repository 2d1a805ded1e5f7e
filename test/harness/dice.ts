// SPDX-License-Identifier: Apache-2.0

/**
 * What chance in the tests begins with: the same each time, so that a gate that fails speaks of the change. `WEFT_SEED=N` tries another course,
 * `WEFT_SEED=random` a new one.
 */
export function seedOfTests(): number {
  const asked = process.env["WEFT_SEED"] ?? "1";
  const seed = asked === "random" ? Math.trunc(Math.random() * 2 ** 31) : Number(asked);
  if (!Number.isSafeInteger(seed)) throw new Error(`WEFT_SEED=${asked}: want an integer or "random"`);
  return seed;
}

/** Chance that can be had again: mulberry32, of its seed. */
export class Dice {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** 0 … n − 1 */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % n;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const left = [...list];
    return list.map(() => left.splice(this.below(left.length), 1)[0]!);
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
