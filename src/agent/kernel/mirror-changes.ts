// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { keyOf, type NamespaceName, type ObjectKey } from "../desired/object.ts";
import { natMetric, peerMetric, staticMetric } from "../ownership.ts";
import type { ActualLink } from "./actual.ts";

/** What of a bridge's surroundings changed, by the index of the bridge. */
export interface BridgeChanges {
  readonly macs: Set<Mac>;
  readonly ips: Set<Ip>;
}

const peerRoutes = ` ${peerMetric}`;
const ownMetrics: ReadonlySet<string> = new Set([staticMetric, natMetric, peerMetric].map(String));

/** Everything that changed in the mirror between two turns: object keys for the planner, MACs and addresses for the local facts. */
export class MirrorChanges {
  readonly objects = new Set<ObjectKey>();
  /** Namespaces in which a device came, went or changed. */
  readonly links = new Set<NamespaceName>();
  /** Namespaces in which an address came or went. */
  readonly addresses = new Set<NamespaceName>();
  /** Names of routes that somebody put there or took away, but for those that peers told. */
  readonly routes = new Map<NamespaceName, Set<string>>();
  readonly #withObjects: boolean;
  readonly #bridges = new Map<NamespaceName, Map<number, BridgeChanges>>();

  /** Without objects for what changes nothing that a plan has to look at. */
  constructor(options: { readonly objects: boolean } = { objects: true }) {
    this.#withObjects = options.objects;
  }

  bridge(ns: NamespaceName, index: number): BridgeChanges | undefined {
    return this.#bridges.get(ns)?.get(index);
  }

  /** Bridges with changes, by namespace and index. */
  *bridges(): Generator<readonly [NamespaceName, number]> {
    for (const [ns, inNamespace] of this.#bridges) for (const index of inNamespace.keys()) yield [ns, index];
  }

  namespace(ns: NamespaceName): void {
    this.objects.add(keyOf({ kind: "namespace", ns }));
    this.links.add(ns);
  }

  link(ns: NamespaceName, link: ActualLink): void {
    this.objects.add(keyOf({ kind: "link", ns, name: link.name }));
    this.objects.add(keyOf({ kind: "attachment", ns, name: link.name }));
    this.links.add(ns);
  }

  sysctl(ns: NamespaceName, path: string): void {
    this.objects.add(keyOf({ kind: "sysctl", ns, path }));
  }

  mac(ns: NamespaceName, bridge: number, mac: Mac): void {
    this.#of(ns, bridge).macs.add(mac);
  }

  ip(ns: NamespaceName, bridge: number, ip: Ip): void {
    this.#of(ns, bridge).ips.add(ip);
  }

  remoteMac(ns: NamespaceName, dev: string, mac: Mac): void {
    if (this.#withObjects) this.objects.add(keyOf({ kind: "remote-mac", ns, dev, mac }));
  }

  flood(ns: NamespaceName, dev: string, vtep: Ip): void {
    if (this.#withObjects) this.objects.add(keyOf({ kind: "flood", ns, dev, vtep }));
  }

  neighbour(ns: NamespaceName, dev: string, ip: Ip): void {
    if (this.#withObjects) this.objects.add(keyOf({ kind: "neighbour", ns, dev, ip }));
  }

  address(ns: NamespaceName, dev: string, ip: Ip, length: number): void {
    this.addresses.add(ns);
    if (this.#withObjects) this.objects.add(keyOf({ kind: "address", ns, dev, ip, length }));
  }

  /** @param own with our protocol number, as it was or as it is */
  route(ns: NamespaceName, name: string, own: boolean): void {
    // Somebody else's with a metric of ours stands in the way of ours, and no longer when it goes.
    const isConcerned = own || ownMetrics.has(name.slice(name.lastIndexOf(" ") + 1));
    if (this.#withObjects && isConcerned) this.objects.add(`route ${ns} ${name}` as ObjectKey);
    // What peers told is no news of this host, and it may be a lot.
    if (!own || !name.endsWith(peerRoutes)) this.#routeFact(ns, name);
  }

  #routeFact(ns: NamespaceName, name: string): void {
    let names = this.routes.get(ns);
    if (!names) this.routes.set(ns, (names = new Set()));
    names.add(name);
  }

  /** Takes over what `other` says about local MACs, addresses and devices. */
  addFacts(other: MirrorChanges): void {
    for (const ns of other.links) this.links.add(ns);
    for (const ns of other.addresses) this.addresses.add(ns);
    for (const [ns, names] of other.routes) for (const name of names) this.#routeFact(ns, name);
    for (const [ns, bridges] of other.#bridges) {
      for (const [index, { macs, ips }] of bridges) {
        const mine = this.#of(ns, index);
        for (const mac of macs) mine.macs.add(mac);
        for (const ip of ips) mine.ips.add(ip);
      }
    }
  }

  /** Takes over everything that `other` says. */
  add(other: MirrorChanges): void {
    for (const key of other.objects) this.objects.add(key);
    this.addFacts(other);
  }

  #of(ns: NamespaceName, bridge: number): BridgeChanges {
    let inNamespace = this.#bridges.get(ns);
    if (!inNamespace) this.#bridges.set(ns, (inNamespace = new Map()));
    let changes = inNamespace.get(bridge);
    if (!changes) inNamespace.set(bridge, (changes = { macs: new Set(), ips: new Set() }));
    return changes;
  }
}
