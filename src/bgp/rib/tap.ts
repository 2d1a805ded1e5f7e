// SPDX-License-Identifier: Apache-2.0
/** For recordings: everything that is put into a RIB from outside, and what it sends. Routes of this speaker itself are not told. */
import type { Family } from "../wire/family.ts";
import type { PeerPolicy } from "./policy/model.ts";
import type { PeerDown, PeerSlot, RibOutput, RibPeer } from "./types.ts";

/** One call of a method of the RIB, told before it does anything. */
export type RibInput =
  | { readonly kind: "peer-up"; readonly slot: PeerSlot; readonly peer: RibPeer }
  | ({ readonly kind: "peer-down"; readonly slot: PeerSlot } & Required<PeerDown>)
  /** `bytes[start, end)` is the body of an UPDATE; it may change after the call. */
  | { readonly kind: "update"; readonly slot: PeerSlot; readonly bytes: Uint8Array; readonly start: number; readonly end: number }
  | { readonly kind: "peer-policy"; readonly slot: PeerSlot; readonly policy: PeerPolicy | null }
  | { readonly kind: "route-refresh"; readonly slot: PeerSlot; readonly family: Family; readonly enhanced: boolean }
  /** Family absent: EVPN. */
  | { readonly kind: "mark-stale"; readonly slot: PeerSlot; readonly family?: Family }
  /** Family absent: all. */
  | { readonly kind: "sweep-stale"; readonly peer: PeerSlot | string; readonly family?: Family }
  | { readonly kind: "sweep-own"; readonly peer: string }
  | { readonly kind: "mark-long-lived"; readonly peer: PeerSlot | string }
  | { readonly kind: "memberships-complete"; readonly slot: PeerSlot }
  | { readonly kind: "ask-for-all"; readonly value: boolean }
  | { readonly kind: "drained"; readonly slot: PeerSlot }
  | { readonly kind: "flush" };

export interface RibTap {
  input(input: RibInput): void;
  /** Messages went to a peer; `taken` is false when it is congested now. `bytes` may change after the call. */
  sent(slot: PeerSlot, bytes: Uint8Array, taken: boolean): void;
}

/** An output that tells the tap what passes. */
export function tapped(output: RibOutput, tap: RibTap): RibOutput {
  return {
    write(slot, bytes, release) {
      const taken = output.write(slot, bytes, release);
      // The transport may have let go of the octets already; whoever wrote them keeps them until we return.
      tap.sent(slot, bytes, taken);
      return taken;
    },
  };
}
