// SPDX-License-Identifier: Apache-2.0
import { SystemCallError } from "../../base/sys/errors.ts";
import type { NetlinkConn, Subscription } from "../../netlink/socket/conn.ts";
import type { NetlinkEvent, NetlinkObject, NetlinkObjects } from "../../netlink/route/request.ts";
import { RT_TABLE_MAIN } from "../../netlink/route/route.ts";
import { NftablesError } from "../../nftables/errors.ts";
import { type Table, tableName } from "../../nftables/table.ts";
import { hostNamespace, keyOf, type NamespaceName, type ObjectKey } from "../desired/object.ts";
import { ownTables } from "../desired/own-tables.ts";
import { AgentError } from "../errors.ts";
import { ownAlias, ownProtocol } from "../ownership.ts";
import type { ActualLink, KernelEvent } from "./actual.ts";
import type { Mirror } from "./mirror.ts";
import type { EntryScope } from "./namespace-tables.ts";
import type { NamespaceControl } from "./namespace-control.ts";
import { namespaceMark, pathOf } from "./requests.ts";
import type { RulesetAccess } from "./ruleset-access.ts";
import type { SysctlFiles } from "./sysctl-files.ts";
import type { Takeover } from "../nat/takeover.ts";
import { actualLink, translate } from "./translate.ts";

export interface KernelOptions {
  /** Opens rtnetlink in a namespace; undefined is that of the process. */
  readonly connect: (namespace: string | undefined) => NetlinkConn;
  readonly namespaces: NamespaceControl;
  readonly sysctls: SysctlFiles;
  readonly rulesets: RulesetAccess;
  readonly mirror: Mirror;
  /** The mirror may have changed. */
  readonly onChange: () => void;
  /** Addresses or routes of the host namespace changed. */
  readonly onUnderlayChange: () => void;
  readonly onOverrun: (ns: NamespaceName, reason: string) => void;
  /** The host answers for an address since now. */
  readonly onProxied?: ((takeover: Takeover) => void) | undefined;
}

/** Dumps of devices that are tried before one is made in one piece. */
const quietAttempts = 3;
/** Files under /proc/sys read, and entries looked for, before the loop gets a turn. */
const sysctlSlice = 100;
const missingSlice = 5000;

/** What is known of a sysctl whose former value is noted. */
export const noted = "noted";

const watched: readonly NetlinkObject[] = ["link", "bridge-port", "fdb", "neighbour", "address", "route"];
type EntryObjects = "fdb" | "neighbour" | "address" | "route";

interface OpenNamespace {
  readonly conn: NetlinkConn;
  readonly subscription: Subscription;
  /** Begun with the first table of ours. */
  tables?: { close(): void };
}

/** The namespaces that the agent works in: a connection, a subscription and a part of the mirror for each. */
export class Kernel {
  readonly options: KernelOptions;
  readonly #open = new Map<NamespaceName, OpenNamespace>();
  readonly #changedTables = new Map<ObjectKey, { readonly ns: NamespaceName; readonly table: Pick<Table, "family" | "name"> }>();

  constructor(options: KernelOptions) {
    this.options = options;
  }

  conn(ns: NamespaceName): NetlinkConn | undefined {
    return this.#open.get(ns)?.conn;
  }

  /** Subscribes, then reads everything. @throws NetlinkError, SystemCallError */
  open(ns: NamespaceName): void {
    if (this.#open.has(ns)) return;
    const conn = this.options.connect(pathOf(ns));
    try {
      const subscription = conn.subscribe(watched, {
        onEvents: (events) => this.#receive(ns, events),
        onOverrun: (reason) => this.#overrun(ns, reason),
      });
      this.#open.set(ns, { conn, subscription });
      this.snapshot(ns);
    } catch (e) {
      this.#open.get(ns)?.tables?.close();
      this.#open.delete(ns);
      conn.close();
      throw e;
    }
  }

  close(ns: NamespaceName): void {
    const open = this.#open.get(ns);
    if (!open) return;
    this.#open.delete(ns);
    open.subscription.close();
    open.tables?.close();
    open.conn.close();
  }

  closeAll(): void {
    for (const ns of this.#open.keys()) this.close(ns);
  }

  opened(): readonly NamespaceName[] {
    return [...this.#open.keys()];
  }

  /** Reads a whole namespace anew, at once. @returns how much the events had not told. @throws NetlinkError */
  snapshot(ns: NamespaceName): number {
    const conn = this.#open.get(ns)?.conn;
    if (!conn) return 0;
    const { mirror } = this.options;
    const links = conn.dump("link").map((value) => actualLink(value));
    let found = mirror.replaceLinks(ns, links);
    for (const some of this.#sysctlSlices(ns)) mirror.readSysctls(ns, some, (path) => this.options.sysctls.read(ns, path));
    for (const { index: bridge } of links.filter((l) => l.bridge)) {
      const ports = links.filter((l) => l.master === bridge).map((l) => l.index);
      const entries = translateAll("fdb", conn.dump("fdb", { master: bridge }));
      found += mirror.replaceEntries(ns, { bridges: [bridge], vxlans: ports, neighbours: [] }, entries);
      const neighbours = translateAll("neighbour", conn.dump("neighbour", { ifindex: bridge }));
      found += mirror.replaceEntries(ns, { bridges: [], vxlans: [], neighbours: [bridge] }, neighbours);
    }
    found += ns === hostNamespace ? this.#readOwnRouting(conn) : this.#readRouting(ns, links, conn);
    found += this.#readFacts(ns, conn);
    return found;
  }

  /** In the host namespace there may be a table of a million routes: only those of ours are asked for. */
  #readOwnRouting(conn: NetlinkConn): number {
    const found = [
      ...translateAll("address", conn.dump("address")),
      ...translateAll("route", conn.dump("route", { table: RT_TABLE_MAIN, protocol: ownProtocol })),
    ].filter(isOwnRouting);
    return this.options.mirror.replaceEntries(hostNamespace, { bridges: [], vxlans: [], neighbours: [], routing: true }, found);
  }

  /** What no event tells: tables of nftables and, where there may be some, proxy entries. */
  #readFacts(ns: NamespaceName, conn: NetlinkConn): number {
    const facts = new Map<ObjectKey, string>();
    for (const table of ownTables) {
      const state = this.options.rulesets.state(ns, table);
      if (state === undefined) continue;
      facts.set(keyOf({ kind: "ruleset", ns, table }), state);
      this.#watchTables(ns);
    }
    if (ns === hostNamespace) {
      for (const path of this.options.sysctls.noted?.() ?? []) facts.set(keyOf({ kind: "sysctl", ns, path }), noted);
      for (const { ifindex, ip, protocol } of conn.dump("neighbour", { proxy: true })) {
        const dev = this.options.mirror.linkByIndex(ns, ifindex)?.name;
        if (dev !== undefined) facts.set(keyOf({ kind: "proxy", ns, dev, ip }), protocol === ownProtocol ? "own" : "other");
      }
    }
    return this.options.mirror.replaceFacts(ns, facts);
  }

  /** One transaction; from then on others' changes of it are heard of. @throws NftablesError, and then the table is as it was */
  writeTable(ns: NamespaceName, table: Table): void {
    const { rulesets, mirror } = this.options;
    // Before, so that no change is between.
    this.#watchTables(ns);
    rulesets.write(ns, table);
    mirror.setFact(keyOf({ kind: "ruleset", ns, table }), rulesets.state(ns, table));
  }

  #watchTables(ns: NamespaceName): void {
    const open = this.#open.get(ns);
    if (!open || open.tables) return;
    try {
      const watch = this.options.rulesets.watch?.(ns, (tables) => this.#tablesChanged(ns, tables));
      if (watch) open.tables = watch;
    } catch (e) {
      // Then the audit finds what is changed.
      if (!(e instanceof SystemCallError)) throw e;
    }
  }

  #tablesChanged(ns: NamespaceName, names: readonly string[] | null): void {
    for (const table of ownTables) {
      if (names && !names.includes(tableName(table))) continue;
      this.#changedTables.set(keyOf({ kind: "ruleset", ns, table }), { ns, table });
    }
    if (this.#changedTables.size > 0) this.options.onChange();
  }

  /** Looks at the tables that others changed since the last time: many notices, one look. */
  readChangedTables(): void {
    const { rulesets, mirror } = this.options;
    for (const [key, { ns, table }] of this.#changedTables) {
      this.#changedTables.delete(key);
      if (!this.#open.has(ns)) continue;
      try {
        mirror.setFact(key, rulesets.state(ns, table));
      } catch (e) {
        // As above: of a table that cannot be read nothing new is known.
        if (!(e instanceof NftablesError || e instanceof SystemCallError)) throw e;
      }
    }
  }

  /** In a domain's namespace devices without a bridge have tables, too: those for routed traffic. What is routed in the host namespace is not ours. */
  #readRouting(ns: NamespaceName, links: readonly ActualLink[], conn: NetlinkConn): number {
    const tunnels = links.filter((l) => l.vxlan && l.master === 0).map((l) => l.index);
    const found = [
      ...tunnels.flatMap((ifindex) => [
        ...translateAll("fdb", conn.dump("fdb", { ifindex })),
        ...translateAll("neighbour", conn.dump("neighbour", { ifindex })),
      ]),
      ...translateAll("address", conn.dump("address")),
      ...translateAll("route", conn.dump("route", { table: RT_TABLE_MAIN })),
    ];
    return this.options.mirror.replaceEntries(ns, { bridges: [], vxlans: tunnels, neighbours: tunnels, routing: true }, found);
  }

  /**
   * As {@link snapshot}, while the loop goes on: 100,000 entries in one piece would hold it up for half a second
   * (bench/figures/repair.ts). Yields how much the events had not told, with a turn between. @throws NetlinkError
   */
  async *snapshotInSlices(ns: NamespaceName): AsyncGenerator<number> {
    const conn = this.#open.get(ns)?.conn;
    if (!conn) return;
    try {
      for await (const found of this.#readInSlices(ns, conn)) {
        yield found;
        if (!this.#isServed(ns, conn)) return;
      }
    } catch (e) {
      // Of one that was closed meanwhile there is nothing to be read.
      if (this.#isServed(ns, conn)) throw e;
    }
  }

  async *#readInSlices(ns: NamespaceName, conn: NetlinkConn): AsyncGenerator<number> {
    const { mirror } = this.options;
    yield await this.#readLinks(ns, conn);
    for (const some of this.#sysctlSlices(ns)) {
      mirror.readSysctls(ns, some, (path) => this.options.sysctls.read(ns, path));
      yield 0;
    }
    const links = mirror.links(ns);
    const bridges = links.filter((l) => l.bridge).map((l) => l.index);
    const under = new Set(bridges);
    const tunnels = ns === hostNamespace ? [] : links.filter((l) => l.vxlan && l.master === 0).map((l) => l.index);
    const ports = links.filter((l) => under.has(l.master)).map((l) => l.index);
    yield* this.#checkEntries(ns, { bridges, vxlans: [...ports, ...tunnels], neighbours: [] }, ["fdb"], conn);
    yield* this.#checkEntries(ns, { bridges: [], vxlans: [], neighbours: [...bridges, ...tunnels] }, ["neighbour"], conn);
    if (ns !== hostNamespace)
      yield* this.#checkEntries(ns, { bridges: [], vxlans: [], neighbours: [], routing: true }, ["address", "route"], conn);
    else yield this.#readOwnRouting(conn);
    yield this.#readFacts(ns, conn);
  }

  async #readLinks(ns: NamespaceName, conn: NetlinkConn): Promise<number> {
    const { mirror } = this.options;
    for (let attempt = 0; attempt < quietAttempts; attempt++) {
      const before = mirror.deviceEvents(ns);
      const links: ActualLink[] = [];
      for await (const part of conn.dumpInSlices("link")) for (const value of part) links.push(actualLink(value));
      if (!this.#isServed(ns, conn)) return 0;
      // What an event told meanwhile is newer than the dump.
      if (mirror.deviceEvents(ns) === before) return mirror.replaceLinks(ns, links);
    }
    return mirror.replaceLinks(
      ns,
      conn.dump("link").map((value) => actualLink(value)),
    );
  }

  async *#checkEntries(ns: NamespaceName, scope: EntryScope, objects: readonly EntryObjects[], conn: NetlinkConn): AsyncGenerator<number> {
    const { mirror } = this.options;
    let suspects: ReadonlyMap<string, KernelEvent> | undefined;
    for (;;) {
      const check = mirror.beginCheck(ns, scope);
      try {
        for (const object of objects) {
          for await (const part of conn.dumpInSlices(object, {}, { isKnown: (message) => check.recognises(message) })) {
            if (!this.#isServed(ns, conn)) return;
            yield mirror.correct(ns, check.differences(translateAll(object, part)));
          }
        }
        const missing = new Map<string, KernelEvent>();
        let looked = 0;
        for (const [name, event] of check.missing()) {
          if (event && (suspects === undefined || suspects.has(name))) missing.set(name, event);
          if (++looked % missingSlice === 0) yield 0;
        }
        if (!this.#isServed(ns, conn)) return;
        // A dump may leave out entries when others go meanwhile: then only what two of them do not have is missing.
        if (missing.size === 0 || !check.disturbed || suspects !== undefined) {
          yield mirror.correct(ns, check.stillMissing(missing));
          return;
        }
        suspects = missing;
      } finally {
        mirror.endCheck(ns);
      }
    }
  }

  /** A namespace may be deleted while it is read, and made again: what was read of the old one is not true of the new one. */
  #isServed(ns: NamespaceName, conn: NetlinkConn): boolean {
    return this.#open.get(ns)?.conn === conn;
  }

  *#sysctlSlices(ns: NamespaceName): Generator<readonly string[]> {
    const all = this.options.mirror.sysctls(ns);
    for (let at = 0; at < all.length; at += sysctlSlice) yield all.slice(at, at + sysctlSlice);
  }

  /** Reads one device anew, right after it was changed: the next step of the plan builds on it. */
  refreshLink(ns: NamespaceName, name: string): void {
    const conn = this.#open.get(ns)?.conn;
    if (!conn) return;
    const known = this.options.mirror.link(ns, name);
    const [value] = conn.dump("link", { name });
    if (value) this.#receive(ns, [{ object: "link", change: "new", value }]);
    else if (known) this.options.mirror.apply(ns, [{ kind: "link-gone", index: known.index }]);
  }

  /**
   * Whose a namespace of this name is; undefined when there is none, `dead` when only its name is left. One with nothing but an unmarked `lo` that was never up is
   * what an agent leaves that is killed between making and marking it.
   */
  ownerOf(ns: NamespaceName): "ours" | "half-made" | "foreign" | "dead" | undefined {
    if (!this.options.namespaces.list().includes(ns)) return undefined;
    let conn: NetlinkConn;
    try {
      conn = this.options.connect(pathOf(ns));
    } catch (e) {
      // A file with nothing mounted on it, left by who was killed between making and mounting.
      if (e instanceof SystemCallError && e.errnoName === "EINVAL") return "dead";
      throw e;
    }
    try {
      const links = conn.dump("link");
      const lo = links.find((l) => l.name === "lo");
      if (lo?.alias === ownAlias) return "ours";
      return links.length === 1 && lo && !lo.up && lo.alias === undefined ? "half-made" : "foreign";
    } finally {
      conn.close();
    }
  }

  /** `ip netns add`, marks it as ours, opens it. @throws SystemCallError, NetlinkError, AgentError for one of somebody else's */
  createNamespace(ns: NamespaceName): void {
    const owner = this.ownerOf(ns);
    if (owner === "foreign") throw new AgentError("WEFT_AGENT_NAMESPACE_FOREIGN", `namespace ${ns} exists and was not made by the agent`);
    if (owner === "dead") this.options.namespaces.remove(ns);
    if (owner === undefined || owner === "dead") this.options.namespaces.create(ns);
    this.open(ns);
    this.#open.get(ns)!.conn.run(namespaceMark);
    this.refreshLink(ns, "lo");
  }

  /**
   * Lets go of namespaces whose name somebody took away: only our connection still holds them, and nothing else can reach them.
   * @returns how many
   */
  dropVanished(): number {
    const names = new Set(this.options.namespaces.list());
    const vanished = this.opened().filter((ns) => ns !== hostNamespace && !names.has(ns));
    for (const ns of vanished) {
      this.close(ns);
      this.options.mirror.removeNamespace(ns);
    }
    return vanished.length;
  }

  /** Closes it and removes its name; its devices go with it. @throws SystemCallError */
  deleteNamespace(ns: NamespaceName): void {
    this.close(ns);
    this.options.namespaces.remove(ns);
    this.options.mirror.removeNamespace(ns);
  }

  #receive(ns: NamespaceName, events: readonly NetlinkEvent[]): void {
    const translated: KernelEvent[] = [];
    let underlay = false;
    for (const event of events) {
      // Of a host's own routes only the way to the peers is of interest.
      if (ns === hostNamespace && (event.object === "address" || event.object === "route")) {
        underlay = true;
        const own = translate(event);
        if (own && isOwnRouting(own)) translated.push(own);
        continue;
      }
      const one = translate(event);
      if (one) translated.push(one);
    }
    this.options.mirror.apply(ns, translated);
    if (underlay) this.options.onUnderlayChange();
    if (translated.length > 0) this.options.onChange();
  }

  #overrun(ns: NamespaceName, reason: string): void {
    if (!this.#open.has(ns)) return;
    this.options.onOverrun(ns, reason);
  }
}

/** An address or a route with our protocol number. */
function isOwnRouting(event: KernelEvent): boolean {
  return event.kind === "address" ? event.address.own : event.kind === "route" && (event.own || event.route?.protocol === ownProtocol);
}

function translateAll(object: EntryObjects, values: readonly NetlinkObjects[EntryObjects][]): KernelEvent[] {
  const out: KernelEvent[] = [];
  for (const value of values) {
    const event = translate({ object, change: "new", value } as NetlinkEvent);
    if (event) out.push(event);
  }
  return out;
}
