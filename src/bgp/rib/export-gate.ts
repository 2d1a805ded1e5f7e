// SPDX-License-Identifier: Apache-2.0
import type { StoredSet } from "./stored-set.ts";
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import type { NlriWriter } from "./nlri-writer.ts";
import { withdrawnRest } from "./nlri-writer.ts";
import type { Decision, RoutePolicy } from "./policy/route-policy.ts";
import { NlriView, SetView } from "./policy/route-view.ts";
import type { RecordId } from "./record.ts";
import type { Rest } from "./rest-table.ts";

/** Type, length and as many octets as that can say. */
const largestNlri = 2 + 255;

/** What one policy said about one set, as long as the set is there. */
interface JudgedSet {
  readonly view: SetView;
  readonly byType: Map<number, Decision>;
}

/** Asks export policies, once per set of attributes where the policy looks at no more. */
export class ExportGate {
  readonly #store: AttributeStore;
  readonly #nlri: NlriWriter;
  readonly #look = new NlriView();
  readonly #octets = new Uint8Array(largestNlri);
  readonly #octetsView = new DataView(this.#octets.buffer);
  readonly #judged = new WeakMap<RoutePolicy, WeakMap<StoredSet, JudgedSet>>();

  constructor(store: AttributeStore, nlri: NlriWriter) {
    this.#store = store;
    this.#nlri = nlri;
  }

  /** @param rest the path's octets outside the key; undefined: the best path's */
  decide(policy: RoutePolicy, set: AttributesId, record: RecordId, rest?: Rest): Decision {
    const { view, byType } = this.#judgedSet(policy, set);
    if (policy.looksAt === "nlri") return policy.decide(view, this.#nlriOf(record, rest));
    const type = policy.looksAt === "type" ? this.#nlri.type(record) : -1;
    let decision = byType.get(type);
    if (!decision) byType.set(type, (decision = policy.decide(view, this.#nlriOf(record, rest))));
    return decision;
  }

  /** Whether peers with this policy may hold the route with a set that it had before: its octets outside the key are not known any more. */
  mayHold(policy: RoutePolicy, set: AttributesId, record: RecordId): boolean {
    return policy.label || this.decide(policy, set, record, withdrawnRest).accepted;
  }

  /** Whether two policies make different things of a route; undefined takes all as they are. */
  differ(a: RoutePolicy | undefined, b: RoutePolicy | undefined, set: AttributesId, record: RecordId, rest?: Rest): boolean {
    const [one, other] = [a && this.decide(a, set, record, rest), b && this.decide(b, set, record, rest)];
    const [oneGoes, otherGoes] = [one?.accepted ?? true, other?.accepted ?? true];
    if (!oneGoes || !otherGoes) return oneGoes !== otherGoes;
    const view = one?.set ?? other?.set;
    if (view === undefined) return false;
    const octets = (d: Decision | undefined): Uint8Array => d?.set.octets ?? this.#store.view(set);
    return (one?.set.medSet ?? false) !== (other?.set.medSet ?? false) || !same(octets(one), octets(other));
  }

  #nlriOf(record: RecordId, rest: Rest | undefined): NlriView {
    this.#nlri.readInto(record, rest, this.#octets, this.#octetsView);
    return this.#look.over(this.#octets, 0);
  }

  #judgedSet(policy: RoutePolicy, set: AttributesId): JudgedSet {
    let sets = this.#judged.get(policy);
    if (!sets) this.#judged.set(policy, (sets = new WeakMap()));
    const stored = this.#store.get(set);
    let judged = sets.get(stored);
    if (!judged) sets.set(stored, (judged = { view: new SetView(this.#store.view(set).slice()), byType: new Map() }));
    return judged;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
