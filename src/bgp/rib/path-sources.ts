// SPDX-License-Identifier: Apache-2.0
import type { PeerSlot } from "./types.ts";

/**
 * Whose path something is: the slot of a peer, or a number that stands for one path identifier of a peer that sends several paths of a
 * route — RFC 7911 §3. There is at most one path per route and source.
 */
export type PathSource = number;

/** Above all slots. */
const firstNumbered: PathSource = 1 << 20;

/** Numbers for (peer, path identifier), each as long as a set of attributes came with it. */
export class PathSources {
  readonly #numbers = new Map<PeerSlot, Map<number, PathSource>>();
  readonly #owner: PeerSlot[] = [];
  readonly #pathId: number[] = [];
  readonly #references: number[] = [];
  readonly #free: PathSource[] = [];

  ownerOf(source: PathSource): PeerSlot {
    return source < firstNumbered ? source : this.#owner[source - firstNumbered]!;
  }

  /** As received; 0 of a peer without add-path. */
  pathIdOf(source: PathSource): number {
    return source < firstNumbered ? 0 : this.#pathId[source - firstNumbered]!;
  }

  /** The number, or 0 when nothing is held under it. */
  find(peer: PeerSlot, pathId: number): PathSource {
    return this.#numbers.get(peer)?.get(pathId) ?? 0;
  }

  /** The number; to be held before anything else is asked for. */
  of(peer: PeerSlot, pathId: number): PathSource {
    let byId = this.#numbers.get(peer);
    if (!byId) this.#numbers.set(peer, (byId = new Map()));
    let source = byId.get(pathId);
    if (source === undefined) {
      source = this.#free.pop() ?? firstNumbered + this.#owner.length;
      const at = source - firstNumbered;
      this.#owner[at] = peer;
      this.#pathId[at] = pathId;
      this.#references[at] = 0;
      byId.set(pathId, source);
    }
    return source;
  }

  hold(source: PathSource): void {
    if (source >= firstNumbered) this.#references[source - firstNumbered]!++;
  }

  drop(source: PathSource): void {
    if (source < firstNumbered || --this.#references[source - firstNumbered]! > 0) return;
    const at = source - firstNumbered;
    const byId = this.#numbers.get(this.#owner[at]!)!;
    byId.delete(this.#pathId[at]!);
    if (byId.size === 0) this.#numbers.delete(this.#owner[at]!);
    this.#free.push(source);
  }
}
