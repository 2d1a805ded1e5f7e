// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../base/run/clock.ts";
import type { Retained, RetainedFamily } from "../session/graceful-restart.ts";
import type { Negotiated } from "../session/negotiate.ts";
import type { Family } from "../wire/family.ts";
import { TimerTable } from "./timer-table.ts";

/** What the table of routes has to do about one peer's stale ones. */
export interface StaleStore {
  /** Every route of the family that is still stale goes. */
  sweep(family: Family, why: string): void;
  /** Stale routes of the family become routes of last resort — RFC 9494 §4.2. */
  depreference(family: Family): void;
  /** Nothing stale is left and no session either. */
  empty(): void;
}

/**
 * `restart`: the peer's Restart Time; `selection`: the wait for its End-of-RIB after it came back — RFC 4724 §4.2;
 * `refresh`: the wait for the end of a refresh — RFC 7313 §4.
 */
type StaleTimer = "selection" | `${"restart" | "long-lived" | "refresh"}:${Family}`;

/** The helper's side of one peer's graceful restart: keeps what a lost session left, until it is renewed or too old. */
export class StaleRoutes {
  readonly #clock: Clock;
  readonly #timers: TimerTable<StaleTimer>;
  readonly #store: StaleStore;
  /**
   * Families with stale routes, and until when those stay at most (by the clock, ms) where the peer asked for long-lived staleness.
   * RFC 9494 §4.2: that limit is not moved by further restarts, until the peer has told all its routes again.
   */
  readonly #stale = new Map<Family, number | undefined>();
  #sessionUp = false;

  constructor(clock: Clock, store: StaleStore) {
    this.#clock = clock;
    this.#timers = new TimerTable(clock, (name) => this.#expired(name));
    this.#store = store;
  }

  get families(): readonly Family[] {
    return [...this.#stale.keys()];
  }

  /**
   * Whether routes that are stale now outlive another loss of the session: those of a refresh that was under way, and those of an
   * earlier restart as long as their long-lived stale time lasts — RFC 9494 §4.2. Others do not: RFC 4724 §4.2.
   */
  outliveRestart(family: Family): boolean {
    return !this.#stale.has(family) || this.#stillLongLived(family);
  }

  /** A session ended and left these. */
  begin(retained: Retained): void {
    this.#sessionUp = false;
    this.#timers.stopAll();
    const limits = retained.families.map((f) => [f.family, this.#limitOf(f)] as const);
    this.#stale.clear();
    for (const [family, limit] of limits) this.#stale.set(family, limit);
    for (const { family, restartTime } of retained.families) {
      if (restartTime > 0) this.#timers.start(`restart:${family}`, restartTime * 1000);
      else this.#tooLate(family);
    }
    this.#reportEmpty();
  }

  /**
   * The peer is back. What it did not keep, or no longer offers to keep, goes at once; for the rest it has `stalePathTime`
   * seconds to say End-of-RIB — RFC 4724 §4.2.
   */
  sessionUp(negotiated: Negotiated, stalePathTime: number): void {
    this.#sessionUp = true;
    this.#timers.stopAll();
    for (const family of this.families) {
      // RFC 9494 §4.2: a family that only has long-lived staleness says so in that capability.
      const offers = [negotiated.gracefulRestart?.families, negotiated.longLived];
      const offer = offers.map((list) => list?.find((f) => f.family === family)).find((f) => f !== undefined);
      if (offer?.forwarding !== true) this.#sweep(family, "the peer did not keep its forwarding state");
    }
    if (this.#stale.size > 0) this.#timers.start("selection", stalePathTime * 1000);
  }

  endOfRib(family: Family): void {
    if (this.#stale.has(family)) this.#sweep(family, "the peer did not announce them again");
  }

  /** Nothing that is left of the peer is worth keeping. */
  sweepAll(why: string): void {
    for (const family of this.families) this.#sweep(family, why);
    this.#timers.stopAll();
    this.#reportEmpty();
  }

  /** The peer announces everything anew and says when it is through, within `limit` seconds — RFC 7313 §4. */
  refreshBegins(family: Family, limit: number): void {
    this.#timers.start(`refresh:${family}`, limit * 1000);
  }

  refreshEnds(family: Family): void {
    this.#timers.stop(`refresh:${family}`);
  }

  /** The peer is gone for good, or its next session ended without leaving anything. */
  clear(): void {
    this.#timers.stopAll();
    this.#stale.clear();
  }

  #limitOf({ family, restartTime, staleTime }: RetainedFamily): number | undefined {
    if (this.#stillLongLived(family)) return this.#stale.get(family);
    return staleTime === 0 ? undefined : this.#clock.now() + (restartTime + staleTime) * 1000;
  }

  #stillLongLived(family: Family): boolean {
    const limit = this.#stale.get(family);
    return limit !== undefined && limit > this.#clock.now();
  }

  #expired(name: StaleTimer): void {
    if (name === "selection") {
      for (const family of this.families) this.#sweep(family, "no End-of-RIB in time");
      return;
    }
    const colon = name.indexOf(":");
    const family = name.slice(colon + 1) as Family;
    if (name.startsWith("restart:")) this.#tooLate(family);
    else if (name.startsWith("refresh:")) this.#store.sweep(family, "no end of the refresh in time");
    else this.#sweep(family, "the long-lived stale time is over");
    this.#reportEmpty();
  }

  #tooLate(family: Family): void {
    const limit = this.#stale.get(family);
    if (limit === undefined || !this.#stillLongLived(family)) {
      this.#sweep(family, "the peer did not come back within its restart time");
      return;
    }
    this.#store.depreference(family);
    this.#timers.start(`long-lived:${family}`, limit - this.#clock.now());
  }

  #sweep(family: Family, why: string): void {
    this.#timers.stop(`long-lived:${family}`);
    if (!this.#stale.delete(family)) return;
    this.#store.sweep(family, why);
    if (this.#stale.size === 0) this.#timers.stop("selection");
  }

  #reportEmpty(): void {
    if (!this.#sessionUp && this.#stale.size === 0) this.#store.empty();
  }
}
