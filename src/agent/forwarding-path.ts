// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../base/net/mac.ts";
import type { Metrics } from "../base/run/metrics.ts";
import type { ForwardingChange } from "../evpn/types.ts";
import { countKinds } from "./count-kinds.ts";
import type { DesiredState } from "./desired/desired-state.ts";
import { keyOf, type NamespaceName } from "./desired/object.ts";
import * as ev from "./events.ts";
import type { Mirror } from "./kernel/mirror.ts";
import type { AddressMoves } from "./local/address-moves.ts";
import { workloadPort } from "./local/place.ts";
import type { Reconciler } from "./reconcile/loop.ts";
import type { Op } from "./reconcile/op.ts";

export interface ForwardingPathOptions {
  readonly mirror: Mirror;
  readonly desired: DesiredState;
  readonly reconciler: Reconciler;
  readonly moves: AddressMoves;
  readonly metrics: Metrics;
}

/** Forwarding changes at once that make a flood. */
const floodOf = 256;

/** What EVPN says of the rest of the fabric, on its way to the kernel. */
export class ForwardingPath {
  readonly #o: ForwardingPathOptions;

  constructor(options: ForwardingPathOptions) {
    this.#o = options;
  }

  take(changes: readonly ForwardingChange[]): void {
    if (changes.length === 0) return;
    const { moves, reconciler, metrics } = this.#o;
    for (const [kind, n] of countKinds(changes)) metrics.add(ev.forwardingChanges, { kind }, n);
    moves.noteDepartures(changes);
    this.#mark(changes);
    reconciler.once([...this.#forgetOps(changes), ...moves.staleOps(changes)]);
  }

  /** A few changes are planned one by one; a table that a peer sends goes the short way. */
  #mark(changes: readonly ForwardingChange[]): void {
    const { desired, reconciler } = this.#o;
    if (changes.length < floodOf) return reconciler.mark(desired.forward(changes));
    reconciler.markFlood((flood) => reconciler.mark(desired.forward(changes, flood)));
  }

  /** A stale local entry goes at once, unless a remote one takes its place in the same moment. */
  #forgetOps(changes: readonly ForwardingChange[]): Op[] {
    const { desired } = this.#o;
    const ops: Op[] = [];
    for (const change of changes) {
      if (change.kind !== "local-mac" || change.verdict !== "forget") continue;
      const plan = desired.plan(change.network);
      if (!plan) continue;
      const { ns, bridge } = plan;
      const key = keyOf({ kind: "remote-mac", ns, dev: plan.vxlan, mac: change.mac });
      if (!desired.objects.has(key) && this.#isLearnedHere(ns, bridge, change.mac))
        ops.push({ kind: "forget-local-mac", key, ns, bridge, mac: change.mac });
    }
    return ops;
  }

  #isLearnedHere(ns: NamespaceName, bridge: string, mac: Mac): boolean {
    const { mirror } = this.#o;
    const tables = mirror.tables(ns);
    const entry = mirror.bridgeEntry(ns, bridge, mac);
    return tables !== undefined && entry?.kind === "learned" && workloadPort(tables, entry) !== undefined;
  }
}
