// SPDX-License-Identifier: Apache-2.0
import { type AttributesId, AttributeScratch, type AttributeStore } from "./attribute-store.ts";
import type { PathSource } from "./path-sources.ts";
import type { PeerState } from "./peer-state.ts";
import type { Decision, RoutePolicy } from "./policy/route-policy.ts";
import { NlriView, type SetView } from "./policy/route-view.ts";
import type { RefusedRoutes, RuleRef } from "./policy/rule-ref.ts";
import type { JudgedSet, Verdict } from "./verdict-memo.ts";

/** Takes in `bytes[from, to)` with a set of attributes, or withdraws it when that is 0. @returns false when it is no whole list of NLRI */
export type TakeIn = (from: number, to: number, set: AttributesId) => boolean;

/** Holds the routes of an UPDATE against the import policy of their peer. What is refused counts as withdrawn. */
export class ImportGate {
  readonly #store: AttributeStore;
  readonly #scratch = new AttributeScratch();
  readonly #nlri = new NlriView();
  /** Of the UPDATE that is looked at. */
  #refused: RefusedRoutes[] = [];

  constructor(store: AttributeStore) {
    this.#store = store;
  }

  /** What was refused since it was asked before. */
  takeRefused(): readonly RefusedRoutes[] {
    const refused = this.#refused;
    if (refused.length > 0) this.#refused = [];
    return refused;
  }

  /** Hands `bytes[at, end)` on in runs of routes of which the policy makes the same. @returns false when it is no whole list of NLRI */
  pass(peer: PeerState, policy: RoutePolicy, given: AttributesId, bytes: Uint8Array, at: number, end: number, takeIn: TakeIn): boolean {
    const judged = peer.verdicts.of(given, this.#store);
    let from = at;
    let run: AttributesId | undefined;
    for (let o = at; o < end;) {
      const next = o + 2 <= end ? o + 2 + bytes[o + 1]! : end + 1;
      // Whoever takes it in says what is wrong with it.
      if (next > end) return takeIn(from, o, run ?? given) && takeIn(o, end, given);
      const verdict = this.#judge(peer, policy, given, judged, bytes, o);
      if (verdict.set === 0) this.#refuse(peer, verdict.rule, bytes, o, next);
      if (run !== undefined && run !== verdict.set) {
        if (!takeIn(from, o, run)) return false;
        from = o;
      }
      run = verdict.set;
      o = next;
    }
    return run === undefined || takeIn(from, end, run);
  }

  #judge(peer: PeerState, policy: RoutePolicy, given: AttributesId, judged: JudgedSet, bytes: Uint8Array, at: number): Verdict {
    const nlri = this.#nlri.over(bytes, at);
    if (policy.looksAt === "nlri") return this.#verdict(peer, given, judged, policy.decide(judged.view, nlri));
    const type = policy.looksAt === "type" ? nlri.type : -1;
    let verdict = judged.byType.get(type);
    if (!verdict) judged.byType.set(type, (verdict = this.#verdict(peer, given, judged, policy.decide(judged.view, nlri))));
    return verdict;
  }

  #verdict(peer: PeerState, given: AttributesId, judged: JudgedSet, { accepted, rule, set }: Decision): Verdict {
    if (!accepted) return { set: 0, rule };
    return { set: set.changed ? this.#interned(peer, this.#store.pathSource(given), judged, set) : given, rule };
  }

  #interned(peer: PeerState, source: PathSource, judged: JudgedSet, view: SetView): AttributesId {
    const before = judged.made.get(view);
    if (before !== undefined) return before;
    const { octets } = view;
    const scratch = this.#scratch;
    scratch.begin(octets, 1, octets[0]!);
    scratch.append(octets, 1 + octets[0]!, octets.length);
    const id = this.#store.find(source, scratch) || this.#store.insert({ ...peer.source, slot: source }, scratch);
    this.#store.hold(id);
    judged.made.set(view, id);
    return id;
  }

  #refuse(peer: PeerState, rule: RuleRef, bytes: Uint8Array, at: number, end: number): void {
    peer.refused.add(rule);
    const same = this.#refused.find((r) => r.rule === rule);
    if (same) same.routes++;
    else this.#refused.push({ rule, routes: 1, example: bytes.slice(at, end) });
  }
}
