// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import type { LocRib } from "./loc-rib.ts";
import { type NlriWriter, withdrawnRest } from "./nlri-writer.ts";
import type { RecordId } from "./record.ts";
import type { PeerSlot } from "./types.ts";

/** A path as it lies in the tables. The octets are valid until the next change. */
export interface StoredPath {
  /** Equal for paths that share them, from one peer. */
  readonly attributes: AttributesId;
  /** `[next hop length | next hop | attributes]`: as they were let in, AS numbers with four octets. */
  readonly octets: Uint8Array;
  /** In wire form. */
  readonly nlri: Uint8Array;
}

/** Reads single paths by the names that a `RibMonitor` was told. */
export class StoredPaths {
  readonly #rib: LocRib;
  readonly #attributes: AttributeStore;
  readonly #nlri: NlriWriter;

  constructor(rib: LocRib, attributes: AttributeStore, nlri: NlriWriter) {
    this.#rib = rib;
    this.#attributes = attributes;
    this.#nlri = nlri;
  }

  /** The path of a peer, or the best one of all with slot 0. */
  of(record: RecordId, slot: PeerSlot): StoredPath | undefined {
    for (const { attributes, rest } of this.#rib.pathsOf(record)) {
      if (slot !== 0 && this.#attributes.source(attributes) !== slot) continue;
      return { attributes, octets: this.#attributes.view(attributes), nlri: this.#nlri.read(record, rest) };
    }
    return undefined;
  }

  /** What a withdrawal names. */
  key(record: RecordId): Uint8Array {
    return this.#nlri.read(record, withdrawnRest);
  }
}
