// SPDX-License-Identifier: Apache-2.0
import type { AttributesId } from "./attribute-store.ts";
import type { RecordId } from "./record.ts";
import { grown } from "./grown.ts";

/** Routes that changed since the last flush, each once, with the attributes of the path that everybody else still holds. */
export class ChangeList {
  records = new Int32Array(256);
  /** Held by the list. 0: nobody holds a path. */
  before = new Int32Array(256);
  #length = 0;
  #start = 0;

  get length(): number {
    return this.#length - this.#start;
  }

  /** First entry not taken yet. */
  get start(): number {
    return this.#start;
  }

  add(record: RecordId, before: AttributesId): void {
    if (this.#length === this.records.length) {
      this.records = grown(this.records, 0);
      this.before = grown(this.before, 0);
    }
    this.records[this.#length] = record;
    this.before[this.#length++] = before;
  }

  /** The first `count` entries are done with. */
  consume(count: number): void {
    this.#start += count;
    if (this.#start >= this.#length) this.#start = this.#length = 0;
  }
}
