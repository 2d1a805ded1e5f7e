// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import type { Address } from "../route/address.ts";
import type { BridgePort } from "../route/bridge-port.ts";
import type { FdbEntry } from "../route/fdb.ts";
import { AF_INET, AF_INET6 } from "../route/family.ts";
import type { Link } from "../route/link.ts";
import type { Neighbour } from "../route/neighbour.ts";
import type { Nexthop } from "../route/nexthop.ts";
import type { NetlinkEvent, NetlinkObject, NetlinkObjects } from "../route/request.ts";
import type { Route } from "../route/route.ts";
import type { Rule } from "../route/rule.ts";
import type { SubscriptionHandlers } from "../socket/conn.ts";

/** Why the fake kernel refuses: the errno's name and, where the real one says something, its words. */
export type Refusal = readonly [errnoName: string, kernelMessage?: string];

export interface Subscriber {
  readonly objects: ReadonlySet<NetlinkObject>;
  readonly handlers: SubscriptionHandlers;
  waiting: NetlinkEvent[];
  overrun: boolean;
  /** Of which events it is not told now. */
  ignores: ((event: NetlinkEvent) => boolean) | undefined;
}

/** The tables of one fake namespace, by key, and who listens to them. What changes them is in the files beside this one. */
export class FakeNamespace {
  readonly path: string | undefined;
  readonly links = new Map<number, Link>();
  readonly addresses = new Map<string, Address>();
  readonly neighbours = new Map<string, Neighbour>();
  readonly fdb = new Map<string, FdbEntry>();
  readonly routes = new Map<string, Route>();
  readonly rules = new Map<string, Rule>();
  readonly nexthops = new Map<number, Nexthop>();
  readonly subscribers = new Set<Subscriber>();
  /** Bridges whose MTU was set after they were made: only theirs does not follow the ports. */
  readonly fixedMtu = new Set<number>();
  nextIfindex = 2;

  constructor(path: string | undefined) {
    this.path = path;
    this.links.set(1, {
      ifindex: 1,
      name: "lo",
      hardwareType: 772,
      flags: 8,
      up: false,
      mtu: 65536,
      operstate: "down",
      carrier: true,
    });
    for (const [family, priorities] of [
      [AF_INET, { 0: 255, 32766: 254, 32767: 253 }],
      [AF_INET6, { 0: 255, 32766: 254 }],
    ] as const) {
      for (const [priority, table] of Object.entries(priorities)) {
        const r: Rule = { family, priority: Number(priority), action: "lookup", table, tos: 0, invert: false, protocol: 2 };
        this.rules.set(ruleKey(r), r);
      }
    }
  }

  linkByName(name: string): Link | undefined {
    for (const l of this.links.values()) if (l.name === name) return l;
    return undefined;
  }

  /** Values of a table, in order of their making. */
  values<K extends NetlinkObject>(object: K): readonly NetlinkObjects[K][] {
    const tables: { readonly [T in NetlinkObject]: () => readonly NetlinkObjects[T][] } = {
      link: () => [...this.links.values()],
      "bridge-port": () => [...this.links.values()].flatMap((l) => bridgePortOf(l) ?? []),
      address: () => [...this.addresses.values()],
      neighbour: () => [...this.neighbours.values()],
      fdb: () => [...this.fdb.values()],
      route: () => [...this.routes.values()],
      rule: () => [...this.rules.values()].toSorted((a, b) => a.family - b.family || a.priority - b.priority),
      nexthop: () => [...this.nexthops.values()].toSorted((a, b) => a.id - b.id),
    };
    return tables[object]();
  }

  notify(event: NetlinkEvent): void {
    for (const s of this.subscribers) if (s.objects.has(event.object) && s.ignores?.(event) !== true) s.waiting.push(event);
  }

  putLink(l: Link): void {
    this.links.set(l.ifindex, l);
    this.notify({ object: "link", change: "new", value: l });
  }

  putFdb(e: FdbEntry): void {
    this.fdb.set(fdbKey(e), e);
    this.notify({ object: "fdb", change: "new", value: e });
  }

  dropFdb(e: FdbEntry): void {
    if (this.fdb.delete(fdbKey(e))) this.notify({ object: "fdb", change: "delete", value: e });
  }

  putRoute(r: Route): void {
    this.routes.set(routeKey(r), r);
    this.notify({ object: "route", change: "new", value: r });
  }

  dropRoute(r: Route): void {
    if (this.routes.delete(routeKey(r))) this.notify({ object: "route", change: "delete", value: r });
  }

  /** IPv4 routes that lead to a device which lost what they need: the kernel says nothing of them (fib_flush). */
  forgetRoutes4(ifindex: number): void {
    for (const [key, r] of this.routes) {
      if (isIp4(r.destination.ip) && r.type !== "local" && r.hops.some((h) => h.ifindex === ifindex)) this.routes.delete(key);
    }
  }

  /** Gives the waiting events to those who listen, or the overrun instead. @returns whether there was anything */
  deliver(): boolean {
    let any = false;
    for (const s of this.subscribers) {
      const events = s.waiting;
      s.waiting = [];
      if (s.overrun) {
        s.overrun = false;
        any = true;
        s.handlers.onOverrun("ENOBUFS");
      } else if (events.length > 0) {
        any = true;
        s.handlers.onEvents(events);
      }
    }
    return any;
  }
}

export function bridgePortOf(l: Link): BridgePort | undefined {
  return l.master === undefined || l.port === undefined ? undefined : { ifindex: l.ifindex, master: l.master, options: l.port };
}

/** The table an entry is in (its bridge's or the device's own), its MAC, VLAN and, for the device's own, where to. */
export function fdbKey(e: FdbEntry): string {
  if (e.master !== undefined) return `master ${e.master} ${e.mac} ${e.vlan ?? 0}`;
  return `self ${e.ifindex} ${e.mac} ${e.srcVni ?? 0} ${e.dst ?? ""} ${e.port ?? ""} ${e.vni ?? ""} ${e.viaIfindex ?? ""}`;
}

/** What the kernel takes as the same route: it allows others beside it with another metric or tos. */
export function routeKey(r: Route): string {
  return `${r.table} ${r.destination.ip}/${r.destination.length} ${r.tos} ${r.priority ?? 0}`;
}

export function ruleKey(r: Rule): string {
  const { unknown: _, ...rest } = r;
  return JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
