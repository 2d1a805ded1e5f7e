// SPDX-License-Identifier: Apache-2.0
import type { AttributeSource, AttributeSummary, LoopReason } from "./attribute-summary.ts";
import type { DecisionFields } from "./best-path.ts";
import type { AttributeSet, PeerSlot } from "./types.ts";

/** What is known of a set for good. */
export interface SetFacts extends AttributeSummary, DecisionFields {
  readonly role: AttributeSource["role"];
}

/** A set of attributes in the store. Its facts are an object that it shares: a set of its own costs 230 octets in all (bench/reflector, irb). */
export class StoredSet implements SetFacts {
  readonly facts: SetFacts;
  /** RFC 4724 §4.2: its peer restarted and has not announced it again yet. */
  stale = false;
  /** Its peer is gone: the routes are being removed. */
  doomed = false;
  /** Long-lived staleness has come: the routes are being moved to the set with LLGR_STALE. */
  ageing = false;
  /** This is that set. */
  aged = false;
  set: AttributeSet | undefined;

  constructor(facts: SetFacts) {
    this.facts = facts;
  }

  get role(): AttributeSource["role"] {
    return this.facts.role;
  }
  get local(): boolean {
    return this.facts.local;
  }
  get ebgp(): boolean {
    return this.facts.ebgp;
  }
  get peerAddress(): string {
    return this.facts.peerAddress;
  }
  get localPref(): number {
    return this.facts.localPref;
  }
  get asPathLength(): number {
    return this.facts.asPathLength;
  }
  get neighbourAs(): number {
    return this.facts.neighbourAs;
  }
  get origin(): number {
    return this.facts.origin;
  }
  get med(): number {
    return this.facts.med;
  }
  get originator(): number {
    return this.facts.originator;
  }
  get hasOriginator(): boolean {
    return this.facts.hasOriginator;
  }
  get clusterLength(): number {
    return this.facts.clusterLength;
  }
  get mobilitySequence(): number {
    return this.facts.mobilitySequence;
  }
  get sticky(): boolean {
    return this.facts.sticky;
  }
  get noExport(): boolean {
    return this.facts.noExport;
  }
  get noAdvertise(): boolean {
    return this.facts.noAdvertise;
  }
  get llgrStale(): boolean {
    return this.facts.llgrStale;
  }
  get noLlgr(): boolean {
    return this.facts.noLlgr;
  }
  get loop(): LoopReason | undefined {
    return this.facts.loop;
  }
}

/** Facts that a peer's sets have in common, found again as long as they come one after the other: most differ in route targets only. */
export class FactsOfPeers {
  readonly #last: (SetFacts | undefined)[] = [];

  /** `facts`, or the equal ones of the set of this peer before. */
  share(peer: PeerSlot, facts: SetFacts): SetFacts {
    const last = this.#last[peer];
    if (last !== undefined && sameFacts(last, facts)) return last;
    return (this.#last[peer] = facts);
  }
}

function sameFacts(a: SetFacts, b: SetFacts): boolean {
  for (const key of Object.keys(a) as (keyof SetFacts)[]) if (a[key] !== b[key]) return false;
  return true;
}
