// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { macHigh, macLow, macOf } from "../../base/net/mac.ts";
import { MacMap } from "../../base/net/mac-map.ts";
import type { Message } from "../../netlink/wire/message.ts";
import { sameValue } from "../desired/same-value.ts";
import type { KernelEvent } from "./actual.ts";
import type { EntryScope, NamespaceTables, Table } from "./namespace-tables.ts";
import { RecognisedEntries } from "./recognised-entries.ts";
import { addressName } from "./routing-tables.ts";

/** An event about a forwarding entry. */
export type EntryEvent = Extract<
  KernelEvent,
  { readonly kind: "bridge-entry" | "vxlan-entry" | "flood" | "neighbour" | "address" | "route" }
>;

const nothingMissing = ["", undefined] as const;

/**
 * Compares the tables of some devices with a dump of them that comes in parts, while events go on. What an event told
 * since the beginning is newer than what the dump says, so such an entry is left alone. Holds no second copy of the tables: of what the
 * dump has it remembers that it was there, for MACs in typed arrays without a string for each (bench/figures/repair.ts).
 */
export class EntryCheck {
  readonly #tables: NamespaceTables;
  readonly #scope: EntryScope;
  readonly #foundMacs = { "bridge-entry": new Map<number, MacMap<true>>(), "vxlan-entry": new Map<number, MacMap<true>>() };
  readonly #foundIps = { flood: new Map<number, Set<Ip>>(), neighbour: new Map<number, Set<Ip>>() };
  readonly #recognised: RecognisedEntries;
  readonly #touched = new Set<string>();
  readonly #foundAddresses = new Set<string>();
  readonly #foundRoutes = new Set<string>();
  readonly #inScope: Readonly<Record<Exclude<EntryEvent["kind"], "address" | "route">, ReadonlySet<number>>>;

  constructor(tables: NamespaceTables, scope: EntryScope) {
    this.#tables = tables;
    this.#scope = scope;
    const [bridges, vxlans, neighbours] = [new Set(scope.bridges), new Set(scope.vxlans), new Set(scope.neighbours)];
    this.#inScope = { "bridge-entry": bridges, "vxlan-entry": vxlans, flood: vxlans, neighbour: neighbours };
    this.#recognised = new RecognisedEntries(tables, (table, index) =>
      this.#inScope[table].has(index) ? madeFor(this.#foundMacs[table], index, () => new MacMap<true>()) : undefined,
    );
  }

  /** Something changed meanwhile: a dump leaves out entries when others are deleted under it. */
  get disturbed(): boolean {
    return this.#touched.size > 0;
  }

  /** An event, or the kernel's answer to a request of ours, came in between. */
  touch(event: KernelEvent): void {
    if (isEntry(event)) this.#touched.add(nameOf(event));
  }

  /** @returns those of the entries found by the dump that the tables have otherwise */
  differences(found: readonly KernelEvent[]): KernelEvent[] {
    return found.filter((event) => isEntry(event) && this.#differs(event) && !this.#touched.has(nameOf(event)));
  }

  /** An entry as it is known, seen from its octets: it need not be decoded. */
  recognises(message: Message): boolean {
    return this.#recognised.take(message);
  }

  /** Remembers that the dump has it. */
  #differs(event: EntryEvent): boolean {
    if (event.kind === "address" || event.kind === "route") return this.#scope.routing === true && this.#routingDiffers(event);
    const index = event.kind === "bridge-entry" ? event.bridge : event.index;
    if (!this.#inScope[event.kind].has(index)) return false;
    const { bridges, vxlans, floods, neighbours } = this.#tables;
    switch (event.kind) {
      case "bridge-entry":
      case "vxlan-entry": {
        const [high, low] = [macHigh(event.mac), macLow(event.mac)];
        const known = event.kind === "bridge-entry" ? bridges : vxlans;
        madeFor(this.#foundMacs[event.kind], index, () => new MacMap<true>()).setAt(high, low, true);
        return !sameValue(known.get(index)?.getAt(high, low), event.entry);
      }
      case "flood":
        madeFor(this.#foundIps.flood, index, () => new Set<Ip>()).add(event.vtep);
        return !sameValue(floods.get(index)?.get(event.vtep), event.entry);
      default:
        madeFor(this.#foundIps.neighbour, index, () => new Set<Ip>()).add(event.ip);
        return !sameValue(neighbours.get(index)?.get(event.ip), event.neighbour);
    }
  }

  #routingDiffers(event: EntryEvent & { readonly kind: "address" | "route" }): boolean {
    const { addresses, routes } = this.#tables.routing;
    if (event.kind === "route") {
      this.#foundRoutes.add(event.name);
      return !sameValue(routes.get(event.name), event.route);
    }
    this.#foundAddresses.add(nameOf(event));
    return !sameValue(addresses.get(event.index)?.get(addressName(event.address)), event.address);
  }

  /**
   * Looks at every entry of the tables when the dump is over: by a name of its own, with the event that would take it away if the
   * dump did not have it.
   */
  *missing(): Generator<readonly [name: string, event: EntryEvent | undefined]> {
    const { bridges, vxlans, floods, neighbours } = this.#tables;
    const found = { ...this.#foundMacs, ...this.#foundIps };
    for (const bridge of this.#scope.bridges) {
      const known = found["bridge-entry"].get(bridge);
      for (const at = bridges.get(bridge)?.cursor(); at?.next();) {
        if (known?.getAt(at.high, at.low)) yield nothingMissing;
        else yield this.#missed({ kind: "bridge-entry", bridge, mac: macOf(at.high, at.low), entry: undefined });
      }
    }
    for (const index of this.#scope.vxlans) {
      const known = found["vxlan-entry"].get(index);
      for (const at = vxlans.get(index)?.cursor(); at?.next();) {
        if (known?.getAt(at.high, at.low)) yield nothingMissing;
        else yield this.#missed({ kind: "vxlan-entry", index, mac: macOf(at.high, at.low), entry: undefined });
      }
      for (const vtep of notIn(floods.get(index), found.flood.get(index)))
        yield vtep === undefined ? nothingMissing : this.#missed({ kind: "flood", index, vtep, entry: undefined });
    }
    for (const index of this.#scope.neighbours)
      for (const ip of notIn(neighbours.get(index), found.neighbour.get(index)))
        yield ip === undefined ? nothingMissing : this.#missed({ kind: "neighbour", index, ip, neighbour: undefined });
    if (this.#scope.routing === true) yield* this.#missingRouting();
  }

  /** Those of {@link missing}, for which the loop had turns, that nothing was heard of since: what came back meanwhile is there. */
  stillMissing(found: ReadonlyMap<string, KernelEvent>): readonly KernelEvent[] {
    return Array.from(found).flatMap(([name, event]) => (this.#touched.has(name) ? [] : [event]));
  }

  *#missingRouting(): Generator<readonly [name: string, event: EntryEvent | undefined]> {
    const { addresses, routes } = this.#tables.routing;
    for (const [index, known] of addresses) {
      for (const address of known.values()) {
        const event = { kind: "address", index, address, present: false } as const;
        yield this.#foundAddresses.has(nameOf(event)) ? nothingMissing : this.#missed(event);
      }
    }
    for (const name of routes.keys())
      yield this.#foundRoutes.has(name) ? nothingMissing : this.#missed({ kind: "route", name, route: undefined });
  }

  #missed(event: EntryEvent): readonly [name: string, event: EntryEvent | undefined] {
    const name = nameOf(event);
    return this.#touched.has(name) ? nothingMissing : [name, event];
  }
}

/** Every key of the table: undefined in the place of those that were found. */
function* notIn(table: Table<Ip, unknown> | undefined, found: ReadonlySet<Ip> | undefined): Generator<Ip | undefined> {
  for (const key of table?.keys() ?? []) yield found?.has(key) ? undefined : key;
}

function madeFor<T>(all: Map<number, T>, index: number, make: () => T): T {
  let one = all.get(index);
  if (!one) all.set(index, (one = make()));
  return one;
}

/** Names the entry that an event is about. */
function nameOf(event: EntryEvent): string {
  switch (event.kind) {
    case "bridge-entry":
      return `bridge-entry ${event.bridge} ${event.mac}`;
    case "vxlan-entry":
      return `vxlan-entry ${event.index} ${event.mac}`;
    case "flood":
      return `flood ${event.index} ${event.vtep}`;
    case "address":
      return `address ${event.index} ${addressName(event.address)}`;
    case "route":
      return `route ${event.name}`;
    default:
      return `neighbour ${event.index} ${event.ip}`;
  }
}

function isEntry(event: KernelEvent): event is EntryEvent {
  return event.kind !== "link" && event.kind !== "link-gone" && event.kind !== "port";
}
