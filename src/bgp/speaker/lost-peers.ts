// SPDX-License-Identifier: Apache-2.0

/**
 * Peers whose session went lately. A reflector that loses all of them was cut off itself: it forgot what they had announced, and the
 * first one that comes back must not take the table without the others for the whole.
 */
export class LostPeers {
  readonly #at = new Map<string, number>();

  sessionUp(peer: string): void {
    this.#at.delete(peer);
  }

  /** @param now ms */
  sessionDown(peer: string, now: number): void {
    this.#at.set(peer, now);
  }

  /** Those that are expected back: lost at most `within` ms ago. Older ones are forgotten. */
  since(now: number, within: number): readonly string[] {
    for (const [peer, at] of this.#at) if (now - at > within) this.#at.delete(peer);
    return [...this.#at.keys()];
  }
}
