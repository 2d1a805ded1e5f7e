// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { MacMap } from "../../base/net/mac-map.ts";
import type { NetworkForwarding, RemoteMac } from "../../evpn/types.ts";

/** What EVPN told about the rest of the fabric for one network. */
export class ForwardingTable {
  readonly remotes = new MacMap<RemoteMac>();
  readonly neighbours = new Map<Ip, Mac>();
  /** VTEP → VNI to send with. */
  readonly flood = new Map<Ip, number>();

  get empty(): boolean {
    return this.remotes.size + this.neighbours.size + this.flood.size === 0;
  }

  apply(change: NetworkForwarding): void {
    switch (change.kind) {
      case "remote-mac":
        if (change.remote) this.remotes.set(change.mac, change.remote);
        else this.remotes.delete(change.mac);
        return;
      case "remote-neighbour":
        if (change.mac !== undefined) this.neighbours.set(change.ip, change.mac);
        else this.neighbours.delete(change.ip);
        return;
      case "flood":
        if (change.present) this.flood.set(change.vtep, change.vni);
        else this.flood.delete(change.vtep);
        return;
      case "local-mac":
        return;
    }
  }
}
