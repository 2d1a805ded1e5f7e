// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../src/base/bytes/hex.ts";
import { attributeOf } from "../../src/bgp/wire/attribute/attribute.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import { encodeNlri, nlriKey } from "../../src/bgp/wire/nlri/table.ts";
import { decodeUpdate } from "../../src/bgp/wire/update.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import type { RawPeer } from "../harness/raw-peer.ts";
import { hex, macNlri } from "../interop/exabgp/update-builder.ts";

/** Follows what a reflector tells one of its clients: the routes that it has, and whether all of it was sound. */
export class Observer {
  readonly peer: RawPeer;
  /** By their keys. */
  readonly routes = new Set<string>();
  /** What broke a rule. */
  readonly faults: string[] = [];
  #read = 0;

  constructor(peer: RawPeer) {
    this.peer = peer;
  }

  /** The client holds {@link macNlri}(n). */
  has(n: number): boolean {
    this.#catchUp();
    return this.routes.has(keyOf(hex(macNlri(n))));
  }

  async hears(n: number): Promise<void> {
    await waitFor(`${this.peer.address} to hear of route ${n}`, () => this.has(n), { every: 1 });
  }

  #catchUp(): void {
    for (; this.#read < this.peer.received.length; this.#read++) {
      const message = this.peer.received[this.#read]!;
      if (message.type !== messageType.update) continue;
      const { update, faults } = decodeUpdate(message.body, { fourOctetAs: true, peer: "ibgp" });
      this.faults.push(...faults.map((f) => `${f.message} in ${toHex(message.body)}`));
      const unreach = update && attributeOf(update.attributes, "mp-unreach");
      const reach = update && attributeOf(update.attributes, "mp-reach");
      for (const route of unreach?.routes ?? []) this.routes.delete(keyOf(encodeNlri("l2vpn-evpn", route)));
      for (const route of reach?.routes ?? []) this.routes.add(keyOf(encodeNlri("l2vpn-evpn", route)));
    }
  }
}

const keyOf = (nlri: Uint8Array): string => nlriKey("l2vpn-evpn", nlri);
