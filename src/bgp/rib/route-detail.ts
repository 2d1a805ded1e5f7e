// SPDX-License-Identifier: Apache-2.0
import type { Advertisements, Withheld } from "./advertisement.ts";
import type { AttributeStore } from "./attribute-store.ts";
import { type Defeat, explainDecision } from "./decision.ts";
import type { LocRib } from "./loc-rib.ts";
import type { PeerTable } from "./peer-table.ts";
import { attributesWord, headerWord, type RecordId, restWord } from "./record.ts";

/** Why a route is as it is. */
export interface RouteDetail {
  /** One per path in the order of {@link RouteEntry}s, the best first: why it is not used. */
  readonly defeats: readonly (Defeat | undefined)[];
  /** Every peer that is known, and why it is not sent the best path; undefined: it is. */
  readonly audience: readonly { readonly peer: string; readonly withheld: Withheld | undefined }[];
}

const macIpRoute = 2;

export class RouteDetails {
  readonly #rib: LocRib;
  readonly #attributes: AttributeStore;
  readonly #peers: PeerTable;
  readonly #advertisements: Advertisements;

  constructor(rib: LocRib, attributes: AttributeStore, peers: PeerTable, advertisements: Advertisements) {
    this.#rib = rib;
    this.#attributes = attributes;
    this.#peers = peers;
    this.#advertisements = advertisements;
  }

  /** @returns undefined when the route has no path any more */
  of(id: RecordId): RouteDetail | undefined {
    const { pages, pageBits, pageMask } = this.#rib.table.slab;
    const page = pages[id >>> pageBits]!;
    const at = id & pageMask;
    const best = page[at + attributesWord]!;
    if (best === 0) return undefined;
    const fields = [...this.#rib.pathsOf(id)].map((p) => this.#attributes.get(p.attributes).facts);
    return {
      defeats: explainDecision(fields, (page[at + headerWord]! & 255) === macIpRoute),
      audience: Array.from(this.#peers.all(), (peer) => ({
        peer: peer.peer.name,
        withheld: this.#advertisements.withheld(id, { attributes: best, rest: page[at + restWord]! }, peer),
      })),
    };
  }
}
