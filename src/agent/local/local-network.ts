// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { LocalChange, LocalMac, LocalNeighbour } from "../../evpn/types.ts";
import type { PortPlan } from "../desired/network-plan.ts";
import { sameValue } from "../desired/same-value.ts";
import { declaredMac, learnedMac, neighbourMac, type Place, workloadPort } from "./place.ts";

/** What was told to EVPN about the workloads of one network, and what has to be told now. */
export class LocalNetwork {
  readonly network: string;
  #declared = new Map<Mac, PortPlan>();
  #declaredIps = new Map<Ip, Mac>();
  readonly #macs = new Map<Mac, LocalMac>();
  readonly #neighbours = new Map<Ip, LocalNeighbour>();
  /** Addresses that the kernel's table or a declaration gives a MAC, by that MAC. */
  readonly #ipsOf = new Map<Mac, Set<Ip>>();
  readonly #macOf = new Map<Ip, Mac>();
  #ports = "";

  constructor(network: string) {
    this.network = network;
  }

  declare(ports: readonly PortPlan[]): void {
    this.#declared = new Map(ports.flatMap((p) => (p.mac === undefined ? [] : [[p.mac, p] as const])));
    this.#declaredIps = new Map(ports.flatMap((p) => (p.mac === undefined ? [] : p.ips.map((ip) => [ip, p.mac!] as const))));
    this.#ports = ""; // look at everything again
  }

  /** Nothing was declared or cleared since the last look at everything. */
  get settled(): boolean {
    return this.#ports !== "";
  }

  /** Addresses that are known here of a MAC, also of one that has left since. */
  addressesOf(mac: Mac): Iterable<Ip> {
    return this.#ipsOf.get(mac) ?? [];
  }

  /** Looks at the MACs and addresses of which the kernel said something; at everything when a port came, went, or changed. */
  update(place: Place, macs: Iterable<Mac>, ips: Iterable<Ip>): LocalChange[] {
    const out: LocalChange[] = [];
    const ports = portsOf(place);
    if (ports !== this.#ports) {
      this.#ports = ports;
      this.#updateAll(place, out);
    }
    for (const mac of macs) this.#mac(place, mac, out, true);
    for (const ip of ips) this.#ip(place, ip, out);
    return out;
  }

  /** The network or its bridge is gone. */
  clear(): LocalChange[] {
    const out: LocalChange[] = [];
    for (const ip of this.#neighbours.keys()) out.push({ kind: "neighbour-down", network: this.network, ip });
    for (const mac of this.#macs.keys()) out.push({ kind: "mac-down", network: this.network, mac });
    for (const table of [this.#macs, this.#neighbours, this.#ipsOf, this.#macOf]) table.clear();
    this.#ports = "";
    return out;
  }

  #updateAll(place: Place, out: LocalChange[]): void {
    const { tables, bridge } = place;
    const macs = new Set([...this.#macs.keys(), ...this.#declared.keys()]);
    for (const [mac, entry] of tables.bridges.get(bridge.index) ?? []) if (workloadPort(tables, entry)) macs.add(mac);
    for (const mac of macs) this.#mac(place, mac, out, false);
    const ips = new Set([...this.#macOf.keys(), ...this.#declaredIps.keys(), ...(tables.neighbours.get(bridge.index)?.keys() ?? [])]);
    for (const ip of ips) this.#ip(place, ip, out);
  }

  #mac(place: Place, mac: Mac, out: LocalChange[], seen: boolean): void {
    const port = this.#declared.get(mac);
    const learned = learnedMac(place, mac);
    const now = (port && declaredMac(place, port)) ?? learned;
    const before = this.#macs.get(mac);
    if (!now) {
      if (!before) return;
      this.#macs.delete(mac);
      this.#neighboursOf(place, mac, out);
      out.push({ kind: "mac-down", network: this.network, mac });
      return;
    }
    // Seen here by the bridge just now, although nothing else changed: a declared MAC that was claimed elsewhere has come back.
    if (sameValue(before, now) && !(seen && learned)) return;
    this.#macs.set(mac, now);
    out.push({ kind: "mac-up", mac: now });
    this.#neighboursOf(place, mac, out);
  }

  #neighboursOf(place: Place, mac: Mac, out: LocalChange[]): void {
    // A copy: an address that turns out to belong to another MAC leaves the set meanwhile, and might join it again.
    for (const ip of Array.from(this.#ipsOf.get(mac) ?? [])) this.#ip(place, ip, out);
  }

  /** An address is announced while its MAC is: an address behind another VTEP that this kernel resolved is not ours to announce. */
  #ip(place: Place, ip: Ip, out: LocalChange[]): void {
    const declared = this.#declaredIps.get(ip);
    const mac = declared ?? neighbourMac(place, ip);
    this.#index(ip, mac);
    const now: LocalNeighbour | undefined =
      mac !== undefined && this.#macs.has(mac)
        ? { network: this.network, ip, mac, origin: declared === undefined ? "learned" : "declared" }
        : undefined;
    if (sameValue(this.#neighbours.get(ip), now)) return;
    if (now) {
      this.#neighbours.set(ip, now);
      out.push({ kind: "neighbour-up", neighbour: now });
    } else {
      this.#neighbours.delete(ip);
      out.push({ kind: "neighbour-down", network: this.network, ip });
    }
  }

  #index(ip: Ip, mac: Mac | undefined): void {
    const before = this.#macOf.get(ip);
    if (before === mac) return;
    if (before !== undefined) {
      const ips = this.#ipsOf.get(before);
      ips?.delete(ip);
      if (ips?.size === 0) this.#ipsOf.delete(before);
    }
    if (mac === undefined) {
      this.#macOf.delete(ip);
      return;
    }
    this.#macOf.set(ip, mac);
    const ips = this.#ipsOf.get(mac);
    if (ips) ips.add(ip);
    else this.#ipsOf.set(mac, new Set([ip]));
  }
}

/** Ports of the bridge and whether they run: when this text changes, any MAC may have become local or remote. */
function portsOf({ tables, bridge }: Place): string {
  const ports = [`${bridge.index}`];
  for (const link of tables.ports(bridge.index)) ports.push(`${link.index} ${link.name} ${link.running}`);
  return ports.toSorted().join(",");
}
