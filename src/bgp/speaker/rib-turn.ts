// SPDX-License-Identifier: Apache-2.0
import type { Rib } from "../rib/rib.ts";
import type { SlotOutput } from "./slot-output.ts";

/**
 * Octets that peers may bring before what they changed is sent, and those that may go out for it. They bound a turn of the loop: 14,000 routes
 * in, out to ten peers, are some 5 ms; half of it packs messages worse, more makes nothing faster. With a thousand peers what goes out counts:
 * as much as the kernel still has in its cache when they read it (bench/reflector, 50+950: a turn took 330 ms, and twice as long for each octet).
 */
const octetsInPerTurn = 512 * 1024;
const octetsOutPerTurn = 32 * 1024 * 1024;
const leastPerTurn = 64 * 1024;

/** What can be told to stop reading, and to read on. */
interface Reader {
  pause(): void;
  resume(): void;
}

/** Flushes the RIB once at the end of a turn of the event loop, and goes on in the next turns while there is more to do. */
export class RibTurn {
  readonly #rib: Rib;
  readonly #output: SlotOutput;
  #pending: NodeJS.Immediate | undefined;
  #waiting: (() => void)[] = [];
  #taken = 0;
  /** Who brought something since there was last less than a turn may have. */
  readonly #readers = new Set<Reader>();
  #full = false;

  constructor(rib: Rib, output: SlotOutput) {
    this.#rib = rib;
    this.#output = output;
  }

  schedule(): void {
    this.#pending ??= setImmediate(() => {
      this.#pending = undefined;
      const more = this.#rib.flush();
      this.#output.turnOver();
      this.#readOn();
      if (more) this.schedule();
      else for (const run of this.#waiting.splice(0)) run();
    });
  }

  /** A peer brought so much. @returns false when it shall wait until the turn is over and `resume` is called */
  took(peer: Reader, octets: number): boolean {
    this.#taken += octets;
    this.#readers.add(peer);
    if (this.#taken < this.#limit()) return true;
    // Others may have octets waiting in this very turn of the loop: a read of each of fifty senders would be three turns' worth.
    if (!this.#full) for (const reader of this.#readers) reader.pause();
    this.#full = true;
    this.schedule();
    return false;
  }

  /** Runs once subscribers and peers have been given everything that is in the RIB now. */
  whenFlushed(run: () => void): void {
    this.#waiting.push(run);
    this.schedule();
  }

  stop(): void {
    if (this.#pending) clearImmediate(this.#pending);
    this.#pending = undefined;
    this.#waiting = [];
  }

  #limit(): number {
    return Math.min(octetsInPerTurn, Math.max(leastPerTurn, Math.trunc(octetsOutPerTurn / this.#output.size)));
  }

  #readOn(): void {
    this.#taken = 0;
    if (this.#full) for (const reader of this.#readers) reader.resume();
    else this.#readers.clear();
    this.#full = false;
  }
}
