// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import { SetView } from "./policy/route-view.ts";
import type { RuleRef } from "./policy/rule-ref.ts";

/** What becomes of routes with a set of attributes: the set that they get, 0 when they are refused. */
export interface Verdict {
  readonly set: AttributesId;
  readonly rule: RuleRef;
}

/** One set as it came in. */
export interface JudgedSet {
  readonly view: SetView;
  /** By route type; -1: for all of them. */
  readonly byType: Map<number, Verdict>;
  /** What the policy made of it, interned. */
  readonly made: Map<SetView, AttributesId>;
}

/** Sets of one peer that are remembered. */
const most = 256;

/** What an import policy said about the newest sets of a peer, so that it is asked once per set and not per UPDATE. Holds all of them. */
export class VerdictMemo {
  readonly #judged = new Map<AttributesId, JudgedSet>();

  of(set: AttributesId, store: AttributeStore): JudgedSet {
    let judged = this.#judged.get(set);
    if (judged) return judged;
    if (this.#judged.size >= most) this.#forget(this.#judged.keys().next().value!, store);
    store.hold(set);
    judged = { view: new SetView(store.view(set).slice()), byType: new Map(), made: new Map() };
    this.#judged.set(set, judged);
    return judged;
  }

  clear(store: AttributeStore): void {
    for (const set of this.#judged.keys()) this.#forget(set, store);
  }

  #forget(set: AttributesId, store: AttributeStore): void {
    const judged = this.#judged.get(set)!;
    this.#judged.delete(set);
    for (const made of judged.made.values()) store.drop(made);
    store.drop(set);
  }
}
