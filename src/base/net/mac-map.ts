// SPDX-License-Identifier: Apache-2.0
import { type Mac, macHigh, macLow, macOf } from "./mac.ts";

const firstSlots = 8;

/**
 * A Map by MAC for values of which there are few, shared by many MACs: compared by identity, kept once. An open-addressing table over
 * typed arrays with linear probing, 12 octets a slot: 50,000 MACs in a Map took five times as much, their strings not counted, and all of
 * it the garbage collector had to walk (bench/figures/fib.ts). The methods that end in `At` take a MAC by its two numbers.
 *
 * Iteration is in no particular order, over what was there when it began.
 */
export class MacMap<V> {
  /** High and low part per slot. */
  #keys = new Uint32Array(2 * firstSlots);
  /** Number of the value per slot; 0: free. */
  #slots = new Uint32Array(firstSlots);
  #size = 0;
  readonly #values: (V | undefined)[] = [undefined];
  /** How many MACs have the value of this number. */
  readonly #uses: number[] = [0];
  readonly #numbers = new Map<V, number>();
  readonly #unused: number[] = [];
  /** Number of the value that was used last, 0 when it is gone: values come in runs. */
  #recent = 0;

  get size(): number {
    return this.#size;
  }

  get(mac: Mac): V | undefined {
    return this.getAt(macHigh(mac), macLow(mac));
  }

  has(mac: Mac): boolean {
    return this.#slots[this.#find(macHigh(mac), macLow(mac))] !== 0;
  }

  set(mac: Mac, value: V): void {
    this.setAt(macHigh(mac), macLow(mac), value);
  }

  /** @returns whether it was there */
  delete(mac: Mac): boolean {
    return this.deleteAt(macHigh(mac), macLow(mac));
  }

  getAt(high: number, low: number): V | undefined {
    return this.#values[this.#slots[this.#find(high, low)]!];
  }

  setAt(high: number, low: number, value: V): void {
    let at = this.#find(high, low);
    const before = this.#slots[at]!;
    if (before !== 0) {
      if (this.#values[before] === value) return;
      this.#slots[at] = this.#use(value);
      this.#letGo(before);
      return;
    }
    if ((this.#size + 1) * 4 > this.#slots.length * 3) {
      this.#grow();
      at = this.#find(high, low);
    }
    this.#keys[2 * at] = high;
    this.#keys[2 * at + 1] = low;
    this.#slots[at] = this.#use(value);
    this.#size++;
  }

  deleteAt(high: number, low: number): boolean {
    let free = this.#find(high, low);
    const number = this.#slots[free]!;
    if (number === 0) return false;
    this.#letGo(number);
    this.#size--;
    // What stands behind it moves up as far as its own hash allows: no marks of deleted ones that lookups would have to pass.
    const mask = this.#slots.length - 1;
    for (let at = (free + 1) & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      const home = hash(this.#keys[2 * at]!, this.#keys[2 * at + 1]!) & mask;
      if (((at - home) & mask) < ((at - free) & mask)) continue;
      this.#keys.copyWithin(2 * free, 2 * at, 2 * at + 2);
      this.#slots[free] = this.#slots[at]!;
      free = at;
    }
    this.#slots[free] = 0;
    return true;
  }

  *keys(): Generator<Mac> {
    for (const at = this.cursor(); at.next();) yield macOf(at.high, at.low);
  }

  *[Symbol.iterator](): Generator<readonly [Mac, V]> {
    for (const at = this.cursor(); at.next();) yield [macOf(at.high, at.low), at.value];
  }

  /** Walks through it without making a string for each MAC. */
  cursor(): MacCursor<V> {
    // Copies, made in no time: an audit walks through 50,000 MACs over many turns of the loop, while they come and go.
    return new MacCursor(this.#keys.slice(), this.#slots.slice(), [...this.#values]);
  }

  /** The slot of a MAC, or the free one where it would go. */
  #find(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    for (let at = hash(high, low) & mask; ; at = (at + 1) & mask) {
      if (this.#slots[at] === 0 || (this.#keys[2 * at + 1] === low && this.#keys[2 * at] === high)) return at;
    }
  }

  #grow(): void {
    const [keys, slots] = [this.#keys, this.#slots];
    this.#keys = new Uint32Array(2 * keys.length);
    this.#slots = new Uint32Array(2 * slots.length);
    for (let from = 0; from < slots.length; from++) {
      if (slots[from] === 0) continue;
      const at = this.#find(keys[2 * from]!, keys[2 * from + 1]!);
      this.#keys[2 * at] = keys[2 * from]!;
      this.#keys[2 * at + 1] = keys[2 * from + 1]!;
      this.#slots[at] = slots[from]!;
    }
    // Given back at once: the garbage collector does not hurry for what lies outside its heap.
    keys.buffer.transfer(0);
    slots.buffer.transfer(0);
  }

  /** The number of a value that one more MAC has. */
  #use(value: V): number {
    if (this.#recent !== 0 && this.#values[this.#recent] === value) {
      this.#uses[this.#recent]!++;
      return this.#recent;
    }
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#unused.pop() ?? this.#values.length;
      this.#values[number] = value;
      this.#uses[number] = 0;
      this.#numbers.set(value, number);
    }
    this.#uses[number]!++;
    this.#recent = number;
    return number;
  }

  #letGo(number: number): void {
    if (--this.#uses[number]! > 0) return;
    if (number === this.#recent) this.#recent = 0;
    this.#numbers.delete(this.#values[number]!);
    this.#values[number] = undefined;
    this.#unused.push(number);
  }
}

/** Stands before the first MAC of a {@link MacMap}; `next` goes on to the following one and is false at the end. */
export class MacCursor<V> {
  readonly #keys: Uint32Array;
  readonly #slots: Uint32Array;
  readonly #values: readonly (V | undefined)[];
  #at = -1;

  constructor(keys: Uint32Array, slots: Uint32Array, values: readonly (V | undefined)[]) {
    this.#keys = keys;
    this.#slots = slots;
    this.#values = values;
  }

  next(): boolean {
    do this.#at++;
    while (this.#slots[this.#at] === 0);
    return this.#at < this.#slots.length;
  }

  get high(): number {
    return this.#keys[2 * this.#at]!;
  }

  get low(): number {
    return this.#keys[2 * this.#at + 1]!;
  }

  get value(): V {
    return this.#values[this.#slots[this.#at]!]!;
  }
}

function hash(high: number, low: number): number {
  const mixed = Math.imul(low, 0x9e37_79b1) ^ Math.imul(high, 0x85eb_ca6b);
  return mixed ^ (mixed >>> 15);
}
