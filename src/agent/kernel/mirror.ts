// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { type Mac, macOf } from "../../base/net/mac.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import { inSysctl } from "../../base/sys/sysctl-name.ts";
import { hostNamespace, keyOf, type NamespaceName, type ObjectKey, routeName } from "../desired/object.ts";
import type {
  ActualAddress,
  ActualLink,
  ActualNeighbour,
  ActualRoute,
  ActualState,
  BridgeEntry,
  FloodEntry,
  KernelEvent,
  VxlanEntry,
} from "./actual.ts";
import { EntryCheck } from "./entry-check.ts";
import { MirrorChanges } from "./mirror-changes.ts";
import { ownBridgeEntry } from "./own-entries.ts";
import { type EntryScope, NamespaceTables } from "./namespace-tables.ts";

/** To be called for each MAC of which the kernel acknowledged a request, with its two numbers. */
export interface ConfirmMacs {
  /** Both tables have it as we want it. */
  readonly put: (high: number, low: number, entry: VxlanEntry) => void;
  readonly taken: (high: number, low: number, from: { readonly isSelf: boolean; readonly isMaster: boolean }) => void;
}

/**
 * The kernel as events and snapshots tell it, per namespace. Remembers what changed since it was last asked, so that a turn of the
 * loop looks only at that. An event that says what is known already (the echo of our own requests) changes nothing.
 */
export class Mirror implements ActualState {
  readonly #namespaces = new Map<NamespaceName, NamespaceTables>();
  readonly #sysctls = new Map<string, string>();
  readonly #missing = new Set<ObjectKey>();
  readonly #facts = new Map<ObjectKey, string>();
  readonly #checks = new Map<NamespaceName, EntryCheck>();
  readonly #deviceEvents = new Map<NamespaceName, number>();
  #changes = new MirrorChanges();

  /** What changed since the last call. */
  takeChanges(): MirrorChanges {
    const taken = this.#changes;
    this.#changes = new MirrorChanges();
    return taken;
  }

  /** What was taken and could not be looked at: the next call has it again. */
  giveBack(taken: MirrorChanges): void {
    taken.add(this.#changes);
    this.#changes = taken;
  }

  addNamespace(ns: NamespaceName): void {
    if (this.#namespaces.has(ns)) return;
    this.#namespaces.set(ns, new NamespaceTables());
    this.#changes.namespace(ns);
  }

  removeNamespace(ns: NamespaceName): void {
    const tables = this.#namespaces.get(ns);
    if (!tables) return;
    this.#namespaces.delete(ns);
    for (const link of tables.links.values()) this.#changes.link(ns, link);
    this.#changes.namespace(ns);
    for (const path of this.sysctls(ns)) {
      this.noteMissing(ns, path, false);
      this.#sysctls.delete(`${ns} ${path}`);
    }
    for (const key of this.facts(ns)) this.setFact(key, undefined);
  }

  namespaces(): readonly NamespaceName[] {
    return [...this.#namespaces.keys()];
  }

  tables(ns: NamespaceName): NamespaceTables | undefined {
    return this.#namespaces.get(ns);
  }

  /** Feeds events in the order in which the kernel sent them. Those of a namespace that is not mirrored are passed over. */
  apply(ns: NamespaceName, events: readonly KernelEvent[]): void {
    const tables = this.#namespaces.get(ns);
    if (!tables) return;
    const check = this.#checks.get(ns);
    for (const event of events) {
      if (event.kind === "link-gone") this.#forgetSysctlsOf(ns, tables.links.get(event.index)?.name);
      if (event.kind === "link" || event.kind === "link-gone" || event.kind === "port")
        this.#deviceEvents.set(ns, this.deviceEvents(ns) + 1);
      check?.touch(event);
      tables.apply(ns, event, this.#changes);
    }
  }

  /** Grows with every event about a device of the namespace. */
  deviceEvents(ns: NamespaceName): number {
    return this.#deviceEvents.get(ns) ?? 0;
  }

  /** `net.ipv4.conf.NAME.…` goes with its device; one of the same name begins with defaults. */
  #forgetSysctlsOf(ns: NamespaceName, device: string | undefined): void {
    if (device === undefined) return;
    for (const key of this.#sysctls.keys()) {
      const [owner, name] = key.split(" ") as [NamespaceName, string];
      if (owner === ns && name.includes(`.${inSysctl(device)}.`)) this.setSysctl(ns, name, undefined);
    }
    for (const key of this.facts(ns)) if (key.startsWith(`proxy ${ns} ${device} `)) this.setFact(key, undefined);
  }

  /**
   * Feeds what the kernel just acknowledged to us, ahead of the event that will tell it again. It marks no object as changed,
   * or every entry that we write would be looked at twice; what it means for local MACs and addresses is kept.
   */
  confirm(ns: NamespaceName, events: readonly KernelEvent[]): void {
    const tables = this.#namespaces.get(ns);
    if (!tables) return;
    const changes = new MirrorChanges({ objects: false });
    const check = this.#checks.get(ns);
    for (const event of events) {
      check?.touch(event);
      tables.apply(ns, event, changes);
    }
    this.#changes.addFacts(changes);
  }

  /**
   * As {@link confirm} for remote MACs in the tables of a VXLAN device (`port`) and of its bridge, where somebody's of this host are not touched. It is
   * good until the next event.
   */
  confirmMacs(ns: NamespaceName, port: number, bridge: number): ConfirmMacs {
    const tables = this.#namespaces.get(ns);
    if (!tables) return { put: () => undefined, taken: () => undefined };
    const behind = ownBridgeEntry(port);
    const check = this.#checks.get(ns);
    const [self, master] = [tables.vxlanMacs(port), tables.bridgeMacs(bridge)];
    const touch = (high: number, low: number): void => {
      if (!check) return;
      const mac = macOf(high, low);
      check.touch({ kind: "vxlan-entry", index: port, mac, entry: self.getAt(high, low) });
      check.touch({ kind: "bridge-entry", bridge, mac, entry: master.getAt(high, low) });
    };
    return {
      put: (high, low, entry) => {
        self.setAt(high, low, entry);
        master.setAt(high, low, behind);
        touch(high, low);
      },
      taken: (high, low, { isSelf, isMaster }) => {
        if (isSelf) self.deleteAt(high, low);
        if (isMaster) master.deleteAt(high, low);
        touch(high, low);
      },
    };
  }

  /**
   * As {@link confirm} for routes that peers told and that were put where none was, or taken away (undefined): gives a function to be called for
   * each. It is good until the next event.
   */
  confirmRoutes(ns: NamespaceName): (name: string, route: ActualRoute | undefined) => void {
    const routes = this.#namespaces.get(ns)?.routing.routes;
    const check = this.#checks.get(ns);
    return (name, route) => {
      if (route) routes?.set(name, route);
      else routes?.delete(name);
      check?.touch({ kind: "route", name, route });
    };
  }

  /**
   * Puts the devices of a namespace to exactly what a dump found.
   * @returns how many differed from what the events had told: 0 unless events were lost
   */
  replaceLinks(ns: NamespaceName, found: readonly ActualLink[]): number {
    this.addNamespace(ns);
    const tables = this.#namespaces.get(ns)!;
    const corrections = tables.linkDifferences(found);
    this.apply(ns, corrections);
    return corrections.length;
  }

  /** Puts the tables of some devices to exactly what a dump of them found. @returns as {@link replaceLinks} */
  replaceEntries(ns: NamespaceName, scope: EntryScope, found: readonly KernelEvent[]): number {
    const tables = this.#namespaces.get(ns);
    if (!tables) return 0;
    const seen = new NamespaceTables();
    const changes = new MirrorChanges();
    for (const event of found) seen.apply(ns, event, changes);
    const corrected = this.correct(ns, tables.entryDifferences(scope, seen));
    // Of the host namespace only what is ours was read.
    if (scope.routing === true && ns !== hostNamespace) tables.findLostRoutes(ns, this.#changes);
    return corrected;
  }

  /** Watches what events tell of the tables of some devices while they are dumped; one at a time per namespace. */
  beginCheck(ns: NamespaceName, scope: EntryScope): EntryCheck {
    const check = new EntryCheck(this.#namespaces.get(ns) ?? new NamespaceTables(), scope);
    this.#checks.set(ns, check);
    return check;
  }

  endCheck(ns: NamespaceName): void {
    this.#checks.delete(ns);
  }

  /** Takes over what a dump found otherwise than the events had told. @returns how much that is */
  correct(ns: NamespaceName, corrections: readonly KernelEvent[]): number {
    const tables = this.#namespaces.get(ns);
    for (const event of corrections) tables?.apply(ns, event, this.#changes);
    return corrections.length;
  }

  /** Objects of which something was read by hand: see {@link ActualState.fact}. */
  facts(ns: NamespaceName): readonly ObjectKey[] {
    return [...this.#facts.keys()].filter((key) => key.split(" ")[1] === ns);
  }

  fact(key: ObjectKey): string | undefined {
    return this.#facts.get(key);
  }

  setFact(key: ObjectKey, value: string | undefined): void {
    if (this.#facts.get(key) === value) return;
    if (value === undefined) this.#facts.delete(key);
    else this.#facts.set(key, value);
    this.#changes.objects.add(key);
  }

  /** Puts what is known of a namespace to exactly what was found. @returns how many differed */
  replaceFacts(ns: NamespaceName, found: ReadonlyMap<ObjectKey, string>): number {
    let differing = 0;
    for (const key of new Set([...this.facts(ns), ...found.keys()])) {
      if (this.#facts.get(key) === found.get(key)) continue;
      differing++;
      this.setFact(key, found.get(key));
    }
    return differing;
  }

  /** Names of those that were read or written before. */
  sysctls(ns: NamespaceName): readonly string[] {
    const prefix = `${ns} `;
    return [...this.#sysctls.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }

  /** Reads them again. */
  readSysctls(ns: NamespaceName, paths: readonly string[], read: (path: string) => string | undefined): void {
    for (const path of paths) {
      const value = read(path);
      // A key that the kernel lacks keeps the value that was wanted for it.
      this.setSysctl(ns, path, value ?? this.sysctl(ns, path));
      this.noteMissing(ns, path, value === undefined);
    }
  }

  /** Whether the kernel lacks a sysctl. */
  noteMissing(ns: NamespaceName, path: string, isMissing: boolean): void {
    if (isMissing) this.#missing.add(keyOf({ kind: "sysctl", ns, path }));
    else this.#missing.delete(keyOf({ kind: "sysctl", ns, path }));
  }

  /** Sysctls that the kernel lacks, of those that were written or read. */
  missingSysctls(): Iterable<ObjectKey> {
    return this.#missing;
  }

  hasNamespace(ns: NamespaceName): boolean {
    return this.#namespaces.has(ns);
  }

  link(ns: NamespaceName, name: string): ActualLink | undefined {
    return this.#namespaces.get(ns)?.linkByName(name);
  }

  linkByIndex(ns: NamespaceName, index: number): ActualLink | undefined {
    return this.#namespaces.get(ns)?.links.get(index);
  }

  links(ns: NamespaceName): readonly ActualLink[] {
    return [...(this.#namespaces.get(ns)?.links.values() ?? [])];
  }

  sysctl(ns: NamespaceName, path: string): string | undefined {
    return this.#sysctls.get(`${ns} ${path}`);
  }

  setSysctl(ns: NamespaceName, path: string, value: string | undefined): void {
    if (this.#sysctls.get(`${ns} ${path}`) === value) return;
    if (value === undefined) this.noteMissing(ns, path, false);
    if (value === undefined) this.#sysctls.delete(`${ns} ${path}`);
    else this.#sysctls.set(`${ns} ${path}`, value);
    this.#changes.sysctl(ns, path);
  }

  bridgeEntry(ns: NamespaceName, bridge: string, mac: Mac): BridgeEntry | undefined {
    const tables = this.#namespaces.get(ns);
    return tables?.bridges.get(tables.indexOf(bridge))?.get(mac);
  }

  vxlanEntry(ns: NamespaceName, dev: string, mac: Mac): VxlanEntry | undefined {
    const tables = this.#namespaces.get(ns);
    return tables?.vxlans.get(tables.indexOf(dev))?.get(mac);
  }

  flood(ns: NamespaceName, dev: string, vtep: Ip): FloodEntry | undefined {
    const tables = this.#namespaces.get(ns);
    return tables?.floods.get(tables.indexOf(dev))?.get(vtep);
  }

  neighbour(ns: NamespaceName, dev: string, ip: Ip): ActualNeighbour | undefined {
    const tables = this.#namespaces.get(ns);
    return tables?.neighbours.get(tables.indexOf(dev))?.get(ip);
  }

  addresses(ns: NamespaceName, dev: string): readonly ActualAddress[] {
    const tables = this.#namespaces.get(ns);
    return tables?.routing.addressesOf(tables.indexOf(dev)) ?? [];
  }

  lacksConnected(ns: NamespaceName, ip: Ip, length: number): boolean {
    return this.#namespaces.get(ns)?.routing.lacksConnected(ip, length) === true;
  }

  route(ns: NamespaceName, prefix: Prefix, metric: number): ActualRoute | undefined {
    return this.#namespaces.get(ns)?.routing.routes.get(routeName(prefix, metric));
  }
}
