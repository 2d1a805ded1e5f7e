// SPDX-License-Identifier: Apache-2.0
import { type DumpFilters, matchesFilter } from "../netlink/route/dump.ts";
import type { FdbEntry } from "../netlink/route/fdb.ts";
import type { Link } from "../netlink/route/link.ts";
import type { NetlinkEvent, NetlinkObject } from "../netlink/route/request.ts";
import type { NamespacePath } from "../record/recording.ts";

type Rows = Map<string, object>;
type Filter = { readonly name?: string; readonly ifindex?: number; readonly master?: number };

/** Names of the fields that make two values the same entry. */
const identity: Readonly<Record<NetlinkObject, readonly string[]>> = {
  link: ["ifindex"],
  "bridge-port": ["ifindex"],
  address: ["ifindex", "ip", "prefixLength"],
  neighbour: ["ifindex", "ip"],
  fdb: ["ifindex", "mac", "dst", "port", "vni", "srcVni", "viaIfindex"],
  route: ["table", "destination", "tos", "priority"],
  rule: ["family", "priority", "table", "action"],
  nexthop: ["id"],
};

/**
 * The kernel's tables as far as a recording told them until now, by dumps and events: the answer to a dump that the recorded
 * program did not make, because another version asks in another way or at another time.
 */
export class KnownTables {
  readonly #tables = new Map<string, Rows>();

  /** A dump gave these. */
  replace(ns: NamespacePath, object: NetlinkObject, filter: Filter, rows: readonly object[]): void {
    const table = this.#table(ns, object);
    for (const [key, row] of table) if (this.#matches(ns, object, filter, row)) table.delete(key);
    for (const row of rows) table.set(keyOf(object, row), row);
  }

  event(ns: NamespacePath, e: NetlinkEvent): void {
    if (e.object === "bridge-port") {
      const link = this.#table(ns, "link").get(keyOf("link", e.value)) as Link | undefined;
      if (!link) return;
      const { port: _, ...rest } = link;
      this.#table(ns, "link").set(keyOf("link", e.value), e.change === "new" ? { ...rest, port: e.value.options } : rest);
      return;
    }
    const table = this.#table(ns, e.object);
    const key = keyOf(e.object, e.value);
    if (e.change === "new") table.set(key, e.value);
    else table.delete(key);
    // The kernel flushes a device's tables without an event for each entry.
    if (e.object !== "link" || e.change === "new") return;
    for (const object of ["fdb", "neighbour"] as const)
      for (const [k, row] of this.#table(ns, object)) if ((row as FdbEntry).ifindex === e.value.ifindex) this.#table(ns, object).delete(k);
  }

  /** Undefined when nothing was ever told of such values there. */
  rows(ns: NamespacePath, object: NetlinkObject, filter: Filter): readonly object[] | undefined {
    const table = this.#tables.get(`${ns ?? ""} ${object}`);
    return table && [...table.values()].filter((row) => this.#matches(ns, object, filter, row));
  }

  #matches(ns: NamespacePath, object: NetlinkObject, filter: Filter, row: object): boolean {
    const isMatch = matchesFilter[object] as (value: object, filter: DumpFilters[NetlinkObject]) => boolean;
    if (!isMatch(row, filter)) return false;
    if (object !== "fdb" || filter.master === undefined) return true;
    // The kernel goes by device: the bridge itself and whatever is its port now.
    const { ifindex } = row as FdbEntry;
    return ifindex === filter.master || (this.#table(ns, "link").get(String(ifindex)) as Link | undefined)?.master === filter.master;
  }

  #table(ns: NamespacePath, object: NetlinkObject): Rows {
    const name = `${ns ?? ""} ${object}`;
    let table = this.#tables.get(name);
    if (!table) this.#tables.set(name, (table = new Map()));
    return table;
  }
}

/** In a bridge's table the port is a property: that is how a move shows. */
const inBridge = ["master", "mac", "vlan"] as const;

function keyOf(object: NetlinkObject, row: object): string {
  const fields = row as Readonly<Record<string, unknown>>;
  const names = object === "fdb" && fields["master"] !== undefined ? inBridge : identity[object];
  return names.map((name) => JSON.stringify(fields[name]) ?? "").join(" ");
}
