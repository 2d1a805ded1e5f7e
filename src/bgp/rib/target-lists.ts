// SPDX-License-Identifier: Apache-2.0
import { grown } from "./grown.ts";
import type { RecordId } from "./record.ts";
import { RecordBits } from "./record-bits.ts";
import type { TargetsId } from "./route-target-sets.ts";

interface TargetList {
  records: Int32Array<ArrayBuffer>;
  length: number;
  live: number;
}

/** Routes by list of route targets: those that have it and more, for what went elsewhere since is told by looking at the record. */
export class TargetLists {
  readonly #lists: (TargetList | undefined)[] = [];
  /** Whether a record still belongs into a list. */
  readonly #belongs: (targets: TargetsId, id: RecordId) => boolean;

  constructor(belongs: (targets: TargetsId, id: RecordId) => boolean) {
    this.#belongs = belongs;
  }

  add(targets: TargetsId, id: RecordId): void {
    const list = (this.#lists[targets] ??= { records: new Int32Array(8), length: 0, live: 0 });
    if (list.length === list.records.length) this.#makeRoom(targets, list);
    list.records[list.length++] = id;
  }

  /** So many more, or fewer, of what was added are current. */
  count(targets: TargetsId, by: number): void {
    const list = this.#lists[targets];
    if (list) list.live += by;
  }

  /** Calls `visit` with every route of the list; some may come twice, and some that do not belong there any more. */
  each(targets: TargetsId, visit: (id: RecordId) => void): void {
    const list = this.#lists[targets];
    if (!list) return;
    for (let i = 0; i < list.length; i++) visit(list.records[i]!);
  }

  drop(targets: TargetsId): void {
    this.#lists[targets] = undefined;
  }

  clear(): void {
    this.#lists.length = 0;
  }

  /** Most of a list is usually current; where routes come and go, what they leave behind is dropped before memory is taken for more. */
  #makeRoom(targets: TargetsId, list: TargetList): void {
    if (list.live * 4 <= list.length * 3) {
      const seen = new RecordBits();
      let kept = 0;
      for (let i = 0; i < list.length; i++) {
        const id = list.records[i]!;
        if (seen.has(id) || !this.#belongs(targets, id)) continue;
        seen.add(id);
        list.records[kept++] = id;
      }
      list.length = kept;
    }
    if (list.length * 4 > list.records.length * 3) list.records = grown(list.records, 0);
  }
}
