// SPDX-License-Identifier: Apache-2.0
import type { Rib } from "../rib/rib.ts";
import type { SlotOutput } from "./slot-output.ts";

/**
 * Octets that peers may bring before what they changed is sent. It bounds a turn of the loop: 14,000 routes in, out to ten peers, are
 * some 10 ms (bench/reflector, `--pauses`); half of it packs messages worse, more makes nothing faster.
 */
const octetsPerTurn = 512 * 1024;

/** What can be told to read on. */
interface Reader {
  resume(): void;
}

/** Flushes the RIB once at the end of a turn of the event loop, and goes on in the next turns while there is more to do. */
export class RibTurn {
  readonly #rib: Rib;
  readonly #output: SlotOutput;
  #pending: NodeJS.Immediate | undefined;
  #waiting: (() => void)[] = [];
  #taken = 0;
  #paused: Reader[] = [];

  constructor(rib: Rib, output: SlotOutput) {
    this.#rib = rib;
    this.#output = output;
  }

  schedule(): void {
    this.#pending ??= setImmediate(() => {
      this.#pending = undefined;
      const more = this.#rib.flush();
      this.#output.uncork();
      this.#readOn();
      if (more) this.schedule();
      else for (const run of this.#waiting.splice(0)) run();
    });
  }

  /** A peer brought so much. @returns false when it shall wait until the turn is over and `resume` is called */
  took(peer: Reader, octets: number): boolean {
    this.#taken += octets;
    if (this.#taken < octetsPerTurn) return true;
    this.#paused.push(peer);
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

  #readOn(): void {
    this.#taken = 0;
    for (const peer of this.#paused.splice(0)) peer.resume();
  }
}
