// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import type { PathSource } from "./path-sources.ts";
import type { RecordId } from "./record.ts";

/** Of one route: whose paths changed since the last flush, with the attributes that they had before; 0: there was none. */
export type RoutePathChanges = ReadonlyMap<PathSource, AttributesId>;

/** Every path that changed, not only the best ones: for peers that are sent several paths of a route (RFC 7911). Kept while there are any. */
export class PathChanges {
  readonly #attributes: AttributeStore;
  #byRecord = new Map<RecordId, Map<PathSource, AttributesId>>();
  /** Somebody wants to know. */
  wanted = false;

  constructor(attributes: AttributeStore) {
    this.#attributes = attributes;
  }

  get size(): number {
    return this.#byRecord.size;
  }

  /** To be called before the path changes. @param before its attributes, which the list holds; 0: there is none yet */
  note(id: RecordId, source: PathSource, before: AttributesId): void {
    let changes = this.#byRecord.get(id);
    if (!changes) this.#byRecord.set(id, (changes = new Map()));
    if (changes.has(source)) return;
    if (before !== 0) this.#attributes.hold(before);
    changes.set(source, before);
  }

  /** All of them; {@link settle} what was taken when everybody has been told. */
  take(): ReadonlyMap<RecordId, RoutePathChanges> {
    const taken = this.#byRecord;
    this.#byRecord = new Map();
    return taken;
  }

  settle(taken: ReadonlyMap<RecordId, RoutePathChanges>): void {
    for (const changes of taken.values()) for (const before of changes.values()) if (before !== 0) this.#attributes.drop(before);
  }
}
