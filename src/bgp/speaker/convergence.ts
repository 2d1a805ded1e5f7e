// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from "../../base/run/clock.ts";
import type { Family } from "../wire/family.ts";

/**
 * Decides when the first exchange of routes is over — RFC 4724 §4.1: when every peer that was expected has sent its
 * End-of-RIB, or a time limit (its Selection_Deferral_Timer) has passed. Happens once in the life of a speaker, and again for a
 * reflector that was cut off from everybody.
 */
export class Convergence {
  readonly #done: (why: string) => void;
  readonly #clock: Clock;
  /** Peers by address that have not been heard to the end: `undefined` until their session is up, then families still open. */
  readonly #open = new Map<string, Set<Family> | undefined>();
  #timer: Timer | undefined;
  #quiet: Timer | undefined;
  /** How long nobody new may come before we believe that all are there; 0 where every peer is known by name. */
  #quietTime = 0;
  #over = false;

  constructor(clock: Clock, done: (why: string) => void) {
    this.#clock = clock;
    this.#done = done;
  }

  get over(): boolean {
    return this.#over;
  }

  /**
   * @param limit ms after which nobody is waited for any longer
   * @param quietTime ms without a new session after which those that are up are taken for all; 0 where all are named in `expected`
   */
  start(expected: readonly string[], limit: number, quietTime: number): void {
    this.stop();
    this.#over = false;
    this.#open.clear();
    this.#quietTime = quietTime;
    this.#listen();
    this.expect(expected);
    this.#timer = this.#clock.after(limit, () => this.#finish("the time limit has passed"));
  }

  /** These are to be waited for as well. */
  expect(peers: readonly string[]): void {
    if (this.#over) return;
    for (const peer of peers) if (!this.#open.has(peer)) this.#open.set(peer, undefined);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#quiet?.cancel();
    this.#over = true;
  }

  /** @param families those for which the peer will send an End-of-RIB */
  sessionUp(peer: string, families: readonly Family[]): void {
    if (this.#over) return;
    this.#open.set(peer, new Set(families));
    this.#listen();
    this.#check(peer);
  }

  endOfRib(peer: string, family: Family): void {
    if (this.#over) return;
    this.#open.get(peer)?.delete(family);
    this.#check(peer);
  }

  /** A peer that is no longer configured, or was shut down, is not waited for. */
  forget(peer: string): void {
    if (!this.#over && this.#open.delete(peer)) this.#finishIfAll("no peer is left to wait for");
  }

  /** The session went before it was complete: it counts again when it is back. */
  sessionDown(peer: string): void {
    if (!this.#over && this.#open.has(peer)) this.#open.set(peer, undefined);
  }

  #check(peer: string): void {
    if (this.#open.get(peer)?.size !== 0) return;
    this.#open.delete(peer);
    this.#finishIfAll("every peer sent its End-of-RIB");
  }

  #listen(): void {
    if (this.#quietTime === 0) return;
    this.#quiet?.cancel();
    this.#quiet = this.#clock.after(this.#quietTime, () => {
      this.#quiet = undefined;
      this.#finishIfAll("every peer that came sent its End-of-RIB");
    });
  }

  #finishIfAll(why: string): void {
    if (this.#open.size === 0 && this.#quiet === undefined) this.#finish(why);
  }

  #finish(why: string): void {
    if (this.#over) return;
    this.stop();
    this.#done(why);
  }
}
