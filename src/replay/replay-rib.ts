// SPDX-License-Identifier: Apache-2.0
import { fromHex } from "../base/bytes/hex.ts";
import { Rib } from "../bgp/rib/rib.ts";
import type { RibTap } from "../bgp/rib/tap.ts";
import type { PeerSlot, RibOutput } from "../bgp/rib/types.ts";
import { identifierOf } from "../bgp/speaker/session-config.ts";
import type { BgpConfig } from "../contract/config/load.ts";
import type { RibRecord } from "../record/recording.ts";
import { digestOf } from "../record/record-rib.ts";
import type { Course } from "./course.ts";
import { sentText } from "./decision.ts";

/** Slots as the recording numbers them; another version might number them otherwise. */
export class Slots implements RibTap {
  readonly #recorded = new Map<PeerSlot, PeerSlot>();
  readonly #replayed = new Map<PeerSlot, PeerSlot>();
  /** Recorded slot of the peer that is being added. */
  #joining: PeerSlot | undefined;

  /** The peer of this recorded slot is added by `add`. */
  join(recorded: PeerSlot, add: () => void): void {
    this.#joining = recorded;
    add();
    this.#joining = undefined;
  }

  input(input: Parameters<RibTap["input"]>[0]): void {
    if (input.kind !== "peer-up" || this.#joining === undefined) return;
    this.#recorded.set(input.slot, this.#joining);
    this.#replayed.set(this.#joining, input.slot);
  }

  sent(): void {
    // Compared where it is written.
  }

  recorded(slot: PeerSlot): PeerSlot {
    return this.#recorded.get(slot) ?? slot;
  }

  replayed(slot: PeerSlot): PeerSlot {
    return this.#replayed.get(slot) ?? slot;
  }
}

/** Compares what is sent; a peer is congested when it was. */
export function comparingOutput(course: Course, slots: Slots): RibOutput {
  return {
    write(slot, bytes, release) {
      const recorded = course.decide({ channel: `to ${slots.recorded(slot)}`, text: sentText(bytes.length, digestOf(bytes)) });
      release();
      return recorded?.full !== true;
    },
  };
}

/** The table of routes of a recorded speaker. @param seed of its hash functions, which must not matter; absent: any */
export function replayRib(bgp: BgpConfig, course: Course, seed?: number): { readonly rib: Rib; readonly slots: Slots } {
  // Only what no older recording lacks: how peers are treated is told with each of them.
  const { asn, routerId, reflector } = bgp;
  const slots = new Slots();
  const rib = new Rib({
    asn,
    routerId: identifierOf(routerId),
    ...(reflector && { clusterId: identifierOf(reflector.clusterId ?? routerId) }),
    output: comparingOutput(course, slots),
    tap: slots,
    ...(seed !== undefined && { seed }),
  });
  return { rib, slots };
}

/** Does to a table of routes what was done to the recorded one. */
export function feedRib(rib: Rib, slots: Slots, input: RibRecord): void {
  switch (input.in) {
    case "peer-up":
      return slots.join(input.slot, () => void rib.addPeer(input.peer));
    case "peer-down":
      return rib.removePeer(slots.replayed(input.slot), input);
    case "update": {
      const bytes = fromHex(input.body) ?? new Uint8Array(0);
      return void rib.update(slots.replayed(input.slot), bytes, 0, bytes.length);
    }
    case "peer-policy":
      return void rib.setPolicy(slots.replayed(input.slot), input.policy ?? undefined);
    case "route-refresh":
      return rib.routeRefresh(slots.replayed(input.slot), input.family, input.enhanced);
    case "mark-stale":
      return rib.markStale(slots.replayed(input.slot), input.family);
    case "sweep-stale":
      return void rib.sweepStale(typeof input.peer === "number" ? slots.replayed(input.peer) : input.peer, input.family);
    case "sweep-own":
      return void rib.sweepOwn(input.peer);
    case "memberships-complete":
      return rib.completeMemberships(slots.replayed(input.slot));
    case "ask-for-all":
      return rib.askForAll(input.value);
    case "mark-long-lived":
      return void rib.markLongLivedStale(typeof input.peer === "number" ? slots.replayed(input.peer) : input.peer);
    case "drained":
      return rib.drained(slots.replayed(input.slot));
    case "flush":
      return void rib.flush();
  }
}
