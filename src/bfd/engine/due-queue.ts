// SPDX-License-Identifier: Apache-2.0

export interface Due<T> {
  readonly at: number;
  readonly item: T;
}

/**
 * What is due when: a binary heap. Nothing is ever taken out of its middle: when an item's time is put off, its entry comes out too early
 * and is put in again by whoever takes it; when it becomes due sooner, it gets another entry and the old one is to be passed over.
 */
export class DueQueue<T> {
  readonly #heap: Due<T>[] = [];

  /** When the first entry is due; Infinity: there is none. */
  get next(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(at: number, item: T): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push({ at, item });
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (heap[up]!.at <= at) break;
      heap[i] = heap[up]!;
      i = up;
    }
    heap[i] = { at, item };
  }

  /** Takes the first entry out when it is due. */
  take(now: number): Due<T> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > now) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Due<T>): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && heap[down + 1]!.at < heap[down]!.at) down++;
      if (heap[down]!.at >= entry.at) break;
      heap[i] = heap[down]!;
      i = down;
    }
    heap[i] = entry;
  }
}
