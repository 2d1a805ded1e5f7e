// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Rd } from "../../base/net/rd.ts";
import { Evpn } from "../evpn.ts";
import type { EvpnOutput, LocalChange, Origination } from "../types.ts";
import { FoldedTables } from "./folded-tables.ts";
import { asAttributeSet, best } from "./remote-route.ts";

const network = "blue";

export interface FabricHost {
  readonly vtep: Ip;
  readonly evpn: Evpn;
  readonly folded: FoldedTables;
  /** What is on its way to each host; a path between two hosts keeps its order, paths overtake one another. */
  readonly out: readonly Origination[][];
  /** What is no longer true here, but not yet noticed. A learned MAC is not in it: only the claim of its new host can tell. */
  readonly stale: LocalChange[];
}

/** Hosts joined by a reflector that reflects everything sooner or later, and workloads that wander between them. */
export class Fabric {
  readonly hosts: readonly FabricHost[];
  /** Where each MAC really is. */
  readonly at = new Map<Mac, number>();
  /** MACs whose port at that place is declared. */
  readonly #declared = new Set<Mac>();
  readonly macOf = new Map<Ip, Mac>();

  constructor(size: number) {
    this.hosts = Array.from({ length: size }, (_, i) => ({
      vtep: `10.0.0.${i + 1}` as Ip,
      evpn: new Evpn({ duplicates: { action: "off" } }),
      folded: new FoldedTables(),
      out: Array.from({ length: size }, () => []),
      stale: [],
    }));
    for (const [i, { vtep, evpn }] of this.hosts.entries()) {
      const vrf = { network, vni: 100, rd: `${vtep}:1` as Rd, importTargets: ["65000:100"], exportTargets: ["65000:100"], vtep };
      this.#send(i, evpn.configure([vrf], 0));
    }
  }

  #send(from: number, out: EvpnOutput): void {
    const host = this.hosts[from]!;
    host.folded.take(out);
    for (const [to, queue] of host.out.entries()) if (to !== from) queue.push(...out.routes);
  }

  local(host: number, ...changes: LocalChange[]): void {
    this.#send(host, this.hosts[host]!.evpn.applyLocal(changes, 0));
  }

  /** Hands up to `most` messages of one path over. */
  deliver(from: number, to: number, most: number): void {
    const batch = this.hosts[from]!.out[to]!.splice(0, most);
    const changes = batch.map((o) => (o.kind === "announce" ? best(o.route.nlri, asAttributeSet(o.route)) : best(o.nlri, undefined)));
    if (changes.length > 0) this.#send(to, this.hosts[to]!.evpn.applyBest(changes, 0));
  }

  /** A workload starts, or arrives at another host; the host it left notices later, if ever. */
  attach(mac: Mac, host: number, origin: "declared" | "learned"): void {
    const before = this.at.get(mac);
    this.at.set(mac, host);
    if (before !== undefined && before !== host && this.#declared.delete(mac))
      this.hosts[before]!.stale.push({ kind: "mac-down", network, mac });
    if (origin === "declared") this.#declared.add(mac);
    this.local(host, { kind: "mac-up", mac: { network, mac, port: `p${host}`, sticky: false, origin } });
    for (const [ip, owner] of this.macOf) {
      if (owner !== mac) continue;
      if (before !== undefined && before !== host) this.hosts[before]!.stale.push({ kind: "neighbour-down", network, ip });
      this.local(host, { kind: "neighbour-up", neighbour: { network, ip, mac, origin } });
    }
  }

  /** A workload takes an address, perhaps from another one. */
  address(ip: Ip, mac: Mac, origin: "declared" | "learned"): void {
    const host = this.at.get(mac);
    if (host === undefined) return;
    const before = this.at.get(this.macOf.get(ip) ?? mac);
    this.macOf.set(ip, mac);
    if (before !== undefined && before !== host) this.hosts[before]!.stale.push({ kind: "neighbour-down", network, ip });
    this.local(host, { kind: "neighbour-up", neighbour: { network, ip, mac, origin } });
  }

  /** A frame that was still on its way appears at a port that its sender has left. */
  lateFrame(mac: Mac, host: number): void {
    if (!this.at.has(mac)) return;
    this.local(host, { kind: "mac-up", mac: { network, mac, port: `p${host}`, sticky: false, origin: "learned" } });
  }

  /** Hosts notice what has left them, messages arrive, and workloads whose traffic goes astray send some. @returns rounds it took */
  calm(): number {
    for (const [i, host] of this.hosts.entries()) {
      const gone = host.stale.splice(0).filter((change) => !this.#isTrue(i, change));
      for (const change of gone) this.local(i, change);
    }
    for (let round = 1; ; round++) {
      this.#deliverAll();
      if (!this.#traffic() || round > 20) return round;
    }
  }

  #isTrue(host: number, change: LocalChange): boolean {
    if (change.kind === "mac-down") return this.at.get(change.mac) === host;
    return change.kind === "neighbour-down" && this.at.get(this.macOf.get(change.ip)!) === host;
  }

  #deliverAll(): void {
    const pending = (): boolean => this.hosts.some((h) => h.out.some((queue) => queue.length > 0));
    while (pending())
      for (const from of this.hosts.keys()) for (const to of this.hosts.keys()) this.deliver(from, to, Number.POSITIVE_INFINITY);
  }

  /** What the bridge and the neighbour table of its host learn from a workload that they had forgotten. */
  #traffic(): boolean {
    let any = false;
    for (const [mac, host] of this.at) {
      const row = this.hosts[host]!.evpn.macs(network).find((m) => m.mac === mac);
      if (row?.where === "local") continue;
      any = true;
      this.local(host, { kind: "mac-up", mac: { network, mac, port: `p${host}`, sticky: false, origin: "learned" } });
    }
    for (const [ip, mac] of this.macOf) {
      const host = this.at.get(mac)!;
      const row = this.hosts[host]!.evpn.neighbours(network).find((n) => n.ip === ip);
      if (row?.where === "local" && row.mac === mac) continue;
      any = true;
      this.local(host, { kind: "neighbour-up", neighbour: { network, ip, mac, origin: "learned" } });
    }
    return any;
  }
}
