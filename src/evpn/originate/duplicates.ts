// SPDX-License-Identifier: Apache-2.0
/**
 * Duplicate MAC detection — RFC 7432 §15.1. Counted are the moves in which this host takes part: a local claim against a
 * remote one, and a remote route that beats a local claim. The move that reaches N is not carried out any more. While a MAC
 * is in quarantine its entry stays with whoever had it before that move and may only go away: nothing new is
 * announced or installed for it, and what the bridge learns is remembered but not claimed ("stop sending and processing").
 * Only the holder's own updates, a new label say, still count. Where FRR's `freeze` is our `freeze`, its default is `warn`.
 * Once the holder has let it go there is nobody left to protect: see `abandonment.ts`.
 */
import type { MacState } from "../instance/instance.ts";
import type { Turn } from "../turn.ts";
import type { DuplicatePolicy } from "../types.ts";
import { DuplicateIps } from "./duplicate-ips.ts";

export const defaultDuplicatePolicy: DuplicatePolicy = { moves: 5, windowMs: 180_000, action: "freeze", recoverMs: 1_800_000 };

export class Duplicates {
  readonly ips: DuplicateIps;
  readonly #policy: DuplicatePolicy;
  readonly #quarantined = new Set<MacState>();

  constructor(policy: Partial<DuplicatePolicy>) {
    this.#policy = { ...defaultDuplicatePolicy, ...policy };
    this.ips = new DuplicateIps(this.#policy);
  }

  /** Counts a move that is about to happen. True when the MAC is in quarantine now and must stay where it is. */
  countMove(turn: Turn, state: MacState): boolean {
    const { moves, windowMs, action, recoverMs } = this.#policy;
    if (action === "off") return false;
    state.moves = [...state.moves.filter((at) => at > turn.now - windowMs), turn.now];
    if (state.moves.length < moves) return false;
    const seconds = Math.round((turn.now - state.moves[0]!) / 1000);
    const { network } = state.instance.vrf;
    turn.events.push({ kind: "duplicate-detected", network, mac: state.mac, moves: state.moves.length, seconds });
    if (action === "warn") {
      state.moves = [];
      return false;
    }
    const until = recoverMs === undefined ? undefined : turn.now + recoverMs;
    state.quarantine = { moves: state.moves.length, since: turn.now, until, holder: state.owner };
    this.#quarantined.add(state);
    turn.forwarding.push({ kind: "local-mac", network, mac: state.mac, verdict: state.owner === "local" ? "keep" : "forget" });
    return true;
  }

  /** Lets a MAC go; the caller settles it again. */
  release(turn: Turn, state: MacState, by: "operator" | "timer"): void {
    this.forget(state);
    turn.events.push({ kind: "duplicate-cleared", network: state.instance.vrf.network, mac: state.mac, by });
  }

  /** Without a word: its network is gone. */
  forget(state: MacState): void {
    state.quarantine = undefined;
    state.moves = [];
    this.#quarantined.delete(state);
  }

  due(now: number): readonly MacState[] {
    return [...this.#quarantined].filter((state) => (state.quarantine?.until ?? Infinity) <= now);
  }

  nextDeadline(): number | undefined {
    let next = this.ips.nextDeadline();
    for (const { quarantine } of this.#quarantined) next = Math.min(next, quarantine?.until ?? Infinity);
    return next === Infinity ? undefined : next;
  }

  all(): Iterable<MacState> {
    return this.#quarantined;
  }
}
