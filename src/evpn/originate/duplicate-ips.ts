// SPDX-License-Identifier: Apache-2.0
/**
 * Duplicate IP detection — RFC 9161 §3.7. Counted are the moves of an IP from one MAC to another in which this host takes part, with
 * the numbers of RFC 7432 §15.1. An IP that follows its MAC does not move, and one whose MAC has gone is free for the next: who
 * starts containers one after another reuses addresses. The move that reaches N is not carried out any more: the IP stays with
 * the MAC that has it, may only go away, and what others say of it is remembered but neither announced nor installed.
 */
import type { Mac } from "../../base/net/mac.ts";
import type { IpState } from "../instance/instance.ts";
import type { Turn } from "../turn.ts";
import type { DuplicatePolicy, LocalNeighbour } from "../types.ts";

export interface IpQuarantine {
  readonly moves: number;
  readonly since: number;
  until: number | undefined;
  /** Which MAC had the IP when it was frozen; undefined once that one has let it go. */
  holder: Mac | undefined;
  /** What the host says of it meanwhile. */
  parked: LocalNeighbour | undefined;
}

interface Watch {
  /** Times of the last moves, oldest first. */
  moves: readonly number[];
  quarantine: IpQuarantine | undefined;
}

export class DuplicateIps {
  readonly #policy: DuplicatePolicy;
  /** Those that moved lately, by their last move; most never do. */
  readonly #watched = new Map<IpState, Watch>();
  /** Moved in this turn already: saying so twice is one move. */
  #turn: Turn | undefined;
  readonly #counted = new Set<IpState>();

  constructor(policy: DuplicatePolicy) {
    this.#policy = policy;
  }

  quarantineOf(state: IpState): IpQuarantine | undefined {
    return this.#watched.size === 0 ? undefined : this.#watched.get(state)?.quarantine;
  }

  /** The host gives an IP to a MAC. True when that may not be; then it is remembered. */
  parks(turn: Turn, state: IpState, fact: LocalNeighbour): boolean {
    const known = this.quarantineOf(state);
    if (known) {
      known.parked = fact.mac === known.holder ? undefined : fact;
      return known.parked !== undefined;
    }
    const holder = state.localWins ? state.local?.mac : state.installed;
    if (holder === undefined || holder === fact.mac || !isThere(state, holder)) return false;
    if (!this.countMove(turn, state, holder)) return false;
    this.quarantineOf(state)!.parked = fact;
    return true;
  }

  /** The host no longer gives an IP to any MAC. */
  unpark(state: IpState): void {
    const quarantine = this.quarantineOf(state);
    if (quarantine) quarantine.parked = undefined;
  }

  /** Counts a move away from `holder` that is about to happen. True when the IP is in quarantine now and must stay where it is. */
  countMove(turn: Turn, state: IpState, holder: Mac): boolean {
    const { moves: most, windowMs, action, recoverMs } = this.#policy;
    if (action === "off" || !this.#isNew(turn, state)) return false;
    const before = this.#watched.get(state)?.moves ?? [];
    const moves = [...before.filter((at) => at > turn.now - windowMs), turn.now];
    this.#watched.delete(state);
    this.#watched.set(state, { moves, quarantine: undefined });
    this.#forgetQuiet(turn.now - windowMs);
    if (moves.length < most) return false;
    const seconds = Math.round((turn.now - moves[0]!) / 1000);
    turn.events.push({ kind: "duplicate-ip-detected", ...nameOf(state), mac: holder, moves: moves.length, seconds });
    if (action === "warn") {
      this.#watched.delete(state);
      return false;
    }
    const until = recoverMs === undefined ? undefined : turn.now + recoverMs;
    this.#watched.set(state, { moves, quarantine: { moves: moves.length, since: turn.now, until, holder, parked: undefined } });
    return true;
  }

  /** Lets an IP go; the caller settles it again. @returns what the host says of it, if that is another MAC than had it */
  release(turn: Turn, state: IpState, by: "operator" | "timer"): LocalNeighbour | undefined {
    const parked = this.quarantineOf(state)?.parked;
    this.forget(state);
    turn.events.push({ kind: "duplicate-ip-cleared", ...nameOf(state), by });
    return parked;
  }

  /** Without a word: its network is gone. */
  forget(state: IpState): void {
    this.#watched.delete(state);
  }

  due(now: number): readonly IpState[] {
    return [...this.all()].flatMap(([state, { until = Infinity }]) => (until <= now ? [state] : []));
  }

  nextDeadline(): number {
    let next = Infinity;
    for (const [, { until = Infinity }] of this.all()) next = Math.min(next, until);
    return next;
  }

  *all(): Generator<readonly [IpState, IpQuarantine]> {
    for (const [state, { quarantine }] of this.#watched) if (quarantine) yield [state, quarantine];
  }

  #isNew(turn: Turn, state: IpState): boolean {
    if (this.#turn !== turn) this.#counted.clear();
    this.#turn = turn;
    const isNew = !this.#counted.has(state);
    this.#counted.add(state);
    return isNew;
  }

  #forgetQuiet(before: number): void {
    for (const [state, { moves, quarantine }] of this.#watched) {
      if (quarantine) continue;
      if (moves.at(-1)! > before) return;
      this.#watched.delete(state);
    }
  }
}

/** A MAC that somebody still has: the IP has two claimants, not one after another. Sticky ones cannot lose it. */
function isThere(state: IpState, holder: Mac): boolean {
  const mac = state.instance.macs.get(holder);
  if (mac?.owner === "local") return mac.claim !== undefined && !mac.claim.fact.sticky;
  return mac?.installed !== undefined && !mac.installed.sticky;
}

function nameOf({ instance, ip }: IpState) {
  return { network: instance.vrf.network, ip };
}
