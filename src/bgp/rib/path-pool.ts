// SPDX-License-Identifier: Apache-2.0
import type { AttributesId } from "./attribute-store.ts";
import type { Rest } from "./rest-table.ts";
import { grown } from "./grown.ts";

/** Index into the pool; 0 ends a chain. */
export type PathIndex = number;

/** Paths that are not the best of their route, in chains from the record. The best one lies in the record itself. */
export class PathPool {
  #attributes = new Int32Array(64);
  #rest = new Int32Array(64);
  #next = new Int32Array(64);
  #top = 1;
  #free: PathIndex = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  attributes(path: PathIndex): AttributesId {
    return this.#attributes[path]!;
  }

  rest(path: PathIndex): Rest {
    return this.#rest[path]!;
  }

  next(path: PathIndex): PathIndex {
    return this.#next[path]!;
  }

  set(path: PathIndex, attributes: AttributesId, rest: Rest): void {
    this.#attributes[path] = attributes;
    this.#rest[path] = rest;
  }

  add(attributes: AttributesId, rest: Rest, next: PathIndex): PathIndex {
    let path = this.#free;
    if (path !== 0) this.#free = this.#next[path]!;
    else path = this.#top++;
    if (path >= this.#next.length) {
      this.#attributes = grown(this.#attributes, 0);
      this.#rest = grown(this.#rest, 0);
      this.#next = grown(this.#next, 0);
    }
    this.#attributes[path] = attributes;
    this.#rest[path] = rest;
    this.#next[path] = next;
    this.#size++;
    return path;
  }

  /** Takes `path` out of the chain that starts at `head`. @returns the new head */
  remove(head: PathIndex, path: PathIndex): PathIndex {
    const after = this.#next[path]!;
    this.#next[path] = this.#free;
    this.#free = path;
    this.#size--;
    if (head === path) return after;
    let at = head;
    while (this.#next[at] !== path) at = this.#next[at]!;
    this.#next[at] = after;
    return head;
  }
}
