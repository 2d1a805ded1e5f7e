// SPDX-License-Identifier: Apache-2.0
import type { PeerSlot, RibOutput } from "../rib/types.ts";
import { headerLength, messageType } from "../wire/frame.ts";
import type { Connection } from "./connection.ts";
import type { SessionMonitor } from "./session-monitor.ts";

/** Carries what the RIB writes to the connections of its peers. */
export class SlotOutput implements RibOutput {
  readonly #connections = new Map<PeerSlot, Connection>();
  /** The connection whose slot the RIB is just choosing: it may write before it says which one. */
  #joining: Connection | undefined;
  /** Told of all that goes out; absent but while a station watches. */
  monitor: SessionMonitor | undefined;
  /** Of the view written last in this turn: most peers of a group get the very same one. Its memory may have other messages in another view. */
  #counted: { readonly bytes: Uint8Array; readonly messages: number } | undefined;
  /** End-of-RIB markers that wait, while they do. */
  #held: { readonly connection: Connection; readonly bytes: Uint8Array }[] | undefined;

  write(slot: PeerSlot, bytes: Uint8Array, release: () => void): boolean {
    const c = this.#connections.get(slot) ?? this.#joining;
    if (!c) {
      release();
      return true;
    }
    if (this.#held && isEndOfRib(bytes)) {
      this.#held.push({ connection: c, bytes: bytes.slice() });
      release();
      return true;
    }
    this.monitor?.sent(slot, bytes);
    return c.write(bytes, this.#messagesIn(bytes), release);
  }

  /** @param add enters the peer into the RIB, which gives it a slot */
  join(c: Connection, add: () => PeerSlot): PeerSlot {
    this.#joining = c;
    try {
      const slot = add();
      this.#connections.set(slot, c);
      return slot;
    } finally {
      this.#joining = undefined;
    }
  }

  leave(slot: PeerSlot): void {
    this.#connections.delete(slot);
  }

  /**
   * Keeps End-of-RIB markers back: while we restart, peers must not give up what they keep of ours before we have learned and
   * sent everything again — RFC 4724 §4.1.
   */
  holdEndOfRib(): void {
    this.#held ??= [];
  }

  get holdsEndOfRib(): boolean {
    return this.#held !== undefined;
  }

  /** Sends the markers that were kept back. */
  releaseEndOfRib(): void {
    for (const { connection, bytes } of this.#held ?? []) connection.write(bytes, 1);
    this.#held = undefined;
  }

  /** Peers with a session. */
  get size(): number {
    return this.#connections.size;
  }

  /** The RIB is done with what it wrote: its memory is not kept any longer. */
  turnOver(): void {
    this.#counted = undefined;
  }

  #messagesIn(bytes: Uint8Array): number {
    const last = this.#counted;
    if (last?.bytes === bytes) return last.messages;
    const messages = countMessages(bytes);
    this.#counted = { bytes, messages };
    return messages;
  }
}

/** RFC 4684 §5. The End-of-RIB of memberships is what the peer's routes wait for, so it waits for nothing itself. */
const routeTargetSafi = 132;

/** One UPDATE without routes: 23 octets, or 29 with an empty MP_UNREACH_NLRI — RFC 4724 §2. */
function isEndOfRib(b: Uint8Array): boolean {
  if (b.length === 23) return b[18] === messageType.update;
  return b.length === 29 && b[18] === messageType.update && b[22] === 6 && b[24] === 15 && b[28] !== routeTargetSafi;
}

/** Messages in a buffer of whole ones. */
function countMessages(bytes: Uint8Array): number {
  let n = 0;
  for (let at = 0; at + headerLength <= bytes.length; at += (bytes[at + 16]! << 8) | bytes[at + 17]!) n++;
  return n;
}
