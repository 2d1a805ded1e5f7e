// SPDX-License-Identifier: Apache-2.0
import { macOf } from "../../base/net/mac.ts";
import { keyOf, type ObjectKey } from "../desired/object.ts";
import type { WantedObjects } from "../desired/wanted-objects.ts";
import type { Mirror } from "../kernel/mirror.ts";
import { ownBridgeEntry } from "../kernel/own-entries.ts";

/**
 * Looks at all remote MACs, those that are wanted and those that carry our mark: the key of each that is not exactly as wanted, undefined for the
 * others, which are nearly all. What a key means, `planObject` says: somebody else's entry may do as well as ours. Neither key nor plan is made for
 * what is right, because making 50,000 took longer than reading the kernel (bench/figures/repair.ts).
 */
export function* auditMacs(wanted: WantedObjects, mirror: Mirror): Generator<ObjectKey | undefined> {
  yield* wantedMacs(wanted, mirror);
  yield* markedMacs(wanted, mirror);
}

function* wantedMacs(wanted: WantedObjects, mirror: Mirror): Generator<ObjectKey | undefined> {
  for (const { plan, macs } of wanted.devices()) {
    const { ns, vxlan: dev } = plan;
    for (const at = macs.cursor(); at.next();) {
      const { high, low } = at;
      const entry = macs.entryAt(high, low);
      // Looked up anew for each: devices come and go between turns.
      const tables = mirror.tables(ns);
      const port = tables?.indexOf(dev) ?? 0;
      const isRight =
        tables !== undefined &&
        entry !== undefined &&
        tables.vxlans.get(port)?.getAt(high, low) === entry &&
        tables.bridges.get(tables.indexOf(plan.bridge))?.getAt(high, low) === ownBridgeEntry(port);
      yield isRight ? undefined : keyOf({ kind: "remote-mac", ns, dev, mac: macOf(high, low) });
    }
  }
}

function* markedMacs(wanted: WantedObjects, mirror: Mirror): Generator<ObjectKey | undefined> {
  for (const ns of mirror.namespaces()) {
    const tables = mirror.tables(ns);
    for (const [index, entries] of tables?.vxlans ?? []) {
      const dev = tables?.links.get(index)?.name;
      if (dev === undefined) continue;
      const macs = wanted.macsOf(ns, dev);
      for (const at = entries.cursor(); at.next();) {
        const isSurplus = at.value.kind === "own" && !macs?.entryAt(at.high, at.low);
        yield isSurplus ? keyOf({ kind: "remote-mac", ns, dev, mac: macOf(at.high, at.low) }) : undefined;
      }
    }
    // Half of a remote MAC may be left over: only the bridge's entry.
    for (const entries of tables?.bridges.values() ?? []) {
      for (const at = entries.cursor(); at.next();) {
        const port = at.value.extern ? tables?.links.get(at.value.port) : undefined;
        const isHalf = port?.vxlan !== undefined && !tables?.vxlans.get(port.index)?.getAt(at.high, at.low);
        yield isHalf ? keyOf({ kind: "remote-mac", ns, dev: port.name, mac: macOf(at.high, at.low) }) : undefined;
      }
    }
  }
}
