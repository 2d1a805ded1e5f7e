// SPDX-License-Identifier: Apache-2.0
import { macOf } from "../../base/net/mac.ts";
import { hostNamespace, keyOf, type NamespaceName, type ObjectKey } from "../desired/object.ts";
import type { WantedMacs, WantedObjects } from "../desired/wanted-objects.ts";
import { ownAlias, ownProtocol, portAlias } from "../ownership.ts";
import type { Mirror } from "./mirror.ts";
import type { NamespaceTables } from "./namespace-tables.ts";

/** Everything in the mirror that carries a mark of ours, wanted or not: what start and cleanup look at. */
export function* ownedKeys(mirror: Mirror): Iterable<ObjectKey> {
  yield* ownedButMacs(mirror);
  for (const [ns, tables] of namespacesOf(mirror)) yield* ownedMacs(ns, tables);
}

/** An audit walks over many turns of the loop: a namespace may go meanwhile, and is passed over then. */
function* namespacesOf(mirror: Mirror): Iterable<readonly [NamespaceName, NamespaceTables]> {
  for (const ns of mirror.namespaces()) {
    const tables = mirror.tables(ns);
    if (tables) yield [ns, tables];
  }
}

/** Those of {@link ownedKeys} that nobody wants: of 50,000 remote MACs that are wanted no key is made, which would be 10 MB of garbage. */
export function* surplusKeys(mirror: Mirror, wanted: WantedObjects): Iterable<ObjectKey> {
  yield* notWanted(ownedButMacs(mirror), wanted);
  for (const [ns, tables] of namespacesOf(mirror))
    yield* notWanted(
      ownedMacs(ns, tables, (dev) => wanted.macsOf(ns, dev)),
      wanted,
    );
}

export function* notWanted(keys: Iterable<ObjectKey>, wanted: WantedObjects): Generator<ObjectKey> {
  for (const key of keys) if (!wanted.has(key)) yield key;
}

/** As {@link ownedKeys} without remote MACs. */
export function* ownedButMacs(mirror: Mirror): Iterable<ObjectKey> {
  for (const [ns, tables] of namespacesOf(mirror)) {
    if (ns !== hostNamespace) yield keyOf({ kind: "namespace", ns });
    for (const link of tables.links.values()) {
      if (link.alias === ownAlias) yield keyOf({ kind: "link", ns, name: link.name });
      if (link.alias === portAlias) yield keyOf({ kind: "attachment", ns, name: link.name });
    }
    yield* ownedEntries(ns, tables);
    for (const key of mirror.facts(ns)) if (mirror.fact(key) !== "foreign" && mirror.fact(key) !== "other") yield key;
  }
}

/** @param except by device, those to be left out */
function* ownedMacs(
  ns: NamespaceName,
  tables: NamespaceTables,
  except: (dev: string) => WantedMacs | undefined = () => undefined,
): Iterable<ObjectKey> {
  for (const [index, entries] of tables.vxlans) {
    const dev = tables.links.get(index)?.name;
    if (dev === undefined) continue;
    const excepted = except(dev);
    for (const at = entries.cursor(); at.next();) {
      if (at.value.kind === "own" && excepted?.entryAt(at.high, at.low) === undefined) yield macKey(ns, dev, at);
    }
  }
  // Half of a remote MAC may be left over: only the bridge's entry.
  for (const entries of tables.bridges.values()) {
    for (const at = entries.cursor(); at.next();) {
      const port = at.value.extern ? tables.links.get(at.value.port) : undefined;
      if (port?.vxlan && tables.vxlans.get(port.index)?.getAt(at.high, at.low) === undefined) yield macKey(ns, port.name, at);
    }
  }
}

function macKey(ns: NamespaceName, dev: string, { high, low }: { readonly high: number; readonly low: number }): ObjectKey {
  return keyOf({ kind: "remote-mac", ns, dev, mac: macOf(high, low) });
}

function* ownedEntries(ns: NamespaceName, tables: NamespaceTables): Iterable<ObjectKey> {
  const nameOf = (index: number): string | undefined => tables.links.get(index)?.name;
  for (const [index, entries] of tables.floods) {
    const dev = nameOf(index);
    if (dev === undefined) continue;
    for (const [vtep, entry] of entries) if (entry.own) yield keyOf({ kind: "flood", ns, dev, vtep });
  }
  for (const [index, entries] of tables.neighbours) {
    const dev = nameOf(index);
    if (dev === undefined) continue;
    for (const [ip, { origin, kept }] of entries)
      if (origin === "own" || origin === "failed" || kept) yield keyOf({ kind: "neighbour", ns, dev, ip });
  }
  const { addresses, routes } = tables.routing;
  for (const [index, entries] of addresses) {
    const dev = nameOf(index);
    if (dev === undefined) continue;
    for (const { ip, length, own } of entries.values()) if (own) yield keyOf({ kind: "address", ns, dev, ip, length });
  }
  for (const [name, { protocol }] of routes) if (protocol === ownProtocol) yield `route ${ns} ${name}` as ObjectKey;
}

/** Neighbours of the kernel's own, without a mark: the planner knows which of them to keep and which are lies. */
export function* dynamicNeighbourKeys(mirror: Mirror): Iterable<ObjectKey> {
  for (const [ns, { links, neighbours }] of namespacesOf(mirror)) {
    for (const [index, entries] of neighbours) {
      const dev = links.get(index)?.name;
      if (dev === undefined) continue;
      for (const [ip, entry] of entries) if (entry.origin === "dynamic" && !entry.kept) yield keyOf({ kind: "neighbour", ns, dev, ip });
    }
  }
}
