// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../../base/net/ip.ts";
import { Rib } from "../rib.ts";
import type { RibOptions } from "../rib-options.ts";
import type { PeerSlot, RibPeer } from "../types.ts";
import type { PathSpec } from "./path-spec.ts";
import { ReceivingPeer } from "./receiving-peer.ts";

/** A path with nothing special about it. */
export const plainPath: PathSpec = {
  localPref: 100,
  med: undefined,
  origin: 0,
  asPath: [],
  communities: [],
  target: 1,
  nonTransitive: false,
  sequence: undefined,
  sticky: false,
  originator: undefined,
  clusters: [],
  unknownTransitive: false,
  unknownNonTransitive: false,
  nextHop: [10, 9, 9, 1],
};

export function macNlri(n: number, label = 100): number[] {
  return [2, 33, 0, 1, 10, 0, 0, 1, 0, 7, ...Array.from({ length: 14 }, () => 0), 48, 2, 0, 0, 0, n >> 8, n & 255, 0, 0, 0, label];
}

/** A RIB with far ends that read what it writes at once. */
export class RibRig {
  readonly rib: Rib;
  readonly far = new Map<PeerSlot, ReceivingPeer>();
  /** Slots that say after each write that they are full. */
  readonly full = new Set<PeerSlot>();

  constructor(options: Partial<RibOptions> = {}) {
    this.rib = new Rib({
      asn: 65000,
      routerId: 0x0a630001,
      output: {
        write: (slot, bytes, release) => {
          this.at(slot).read(bytes);
          release();
          return !this.full.has(slot);
        },
      },
      ...options,
    });
  }

  peer(n: number, more: Partial<RibPeer> = {}): PeerSlot {
    const slot = this.rib.addPeer({
      name: `peer${n}`,
      address: `10.0.0.${n}` as Ip,
      role: "client",
      asn: 65000,
      routerId: n,
      families: ["l2vpn-evpn"],
      fourOctetAs: true,
      maxMessage: 4096,
      ...more,
    });
    this.far.set(slot, new ReceivingPeer(more.maxMessage ?? 4096, more.addPath?.send !== undefined));
    return slot;
  }

  at(slot: PeerSlot): ReceivingPeer {
    return this.far.get(slot)!;
  }

  settle(): void {
    while (this.rib.flush());
  }

  update(slot: PeerSlot, body: Uint8Array): ReturnType<Rib["update"]> {
    return this.rib.update(slot, body, 0, body.length);
  }
}
