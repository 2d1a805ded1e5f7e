// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Instance } from "../instance/instance.ts";
import type { LocalMac, LocalNeighbour, NetworkFact } from "../types.ts";

interface Facts {
  readonly macs: Map<Mac, LocalMac>;
  readonly neighbours: Map<Ip, LocalNeighbour>;
}

/** Local facts of networks that are not configured: the kernel may speak before the configuration does, and a network may come back. */
export class ParkedFacts {
  readonly #byNetwork = new Map<string, Facts>();

  apply(network: string, change: NetworkFact): void {
    let facts = this.#byNetwork.get(network);
    if (!facts) this.#byNetwork.set(network, (facts = { macs: new Map(), neighbours: new Map() }));
    if (change.kind === "mac-up") facts.macs.set(change.mac.mac, change.mac);
    else if (change.kind === "mac-down") facts.macs.delete(change.mac);
    else if (change.kind === "neighbour-up") facts.neighbours.set(change.neighbour.ip, change.neighbour);
    else facts.neighbours.delete(change.ip);
    if (facts.macs.size + facts.neighbours.size === 0) this.#byNetwork.delete(network);
  }

  /** Of a network that goes. */
  keep(instance: Instance): void {
    const { network } = instance.vrf;
    for (const { claim } of instance.macs.values()) if (claim) this.apply(network, { kind: "mac-up", mac: claim.fact });
    for (const { local } of instance.ips.values()) if (local) this.apply(network, { kind: "neighbour-up", neighbour: local });
  }

  /** For a network that comes. */
  take(network: string): readonly NetworkFact[] {
    const facts = this.#byNetwork.get(network);
    if (!facts) return [];
    this.#byNetwork.delete(network);
    return [
      ...[...facts.neighbours.values()].map((neighbour): NetworkFact => ({ kind: "neighbour-up", neighbour })),
      ...[...facts.macs.values()].map((mac): NetworkFact => ({ kind: "mac-up", mac })),
    ];
  }
}
