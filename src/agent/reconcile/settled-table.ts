// SPDX-License-Identifier: Apache-2.0
import { MacMap } from "../../base/net/mac-map.ts";
import { type KernelObject, type NamespaceName, type ObjectKey, parseKey } from "../desired/object.ts";
import type { VxlanEntry } from "../kernel/actual.ts";
import { ownVxlanEntry } from "../kernel/own-entries.ts";

/** What was last known to be in the kernel as wanted: a difference from then on came from outside. */
export class SettledTable {
  readonly #objects = new Map<ObjectKey, KernelObject>();
  readonly #macs = new Map<string, MacMap<VxlanEntry>>();

  /** The object was in the kernel just so. */
  is(key: ObjectKey, wanted: KernelObject): boolean {
    if (wanted.kind !== "remote-mac") return this.#objects.get(key) === wanted;
    return this.#macs.get(`${wanted.ns} ${wanted.dev}`)?.get(wanted.mac) === ownVxlanEntry(wanted.vtep, wanted.vni);
  }

  set(key: ObjectKey, object: KernelObject): void {
    if (object.kind === "remote-mac") this.macsOf(object.ns, object.dev).set(object.mac, ownVxlanEntry(object.vtep, object.vni));
    else this.#objects.set(key, object);
  }

  delete(key: ObjectKey): void {
    const ref = key.startsWith("remote-mac ") ? parseKey(key) : undefined;
    if (ref?.kind !== "remote-mac") this.#objects.delete(key);
    else if (this.#macs.get(`${ref.ns} ${ref.dev}`)?.delete(ref.mac)) this.#drop(ref.ns, ref.dev);
  }

  /** Remote MACs of a device, with the entry of ours in its table. */
  macsOf(ns: NamespaceName, dev: string): MacMap<VxlanEntry> {
    const name = `${ns} ${dev}`;
    let macs = this.#macs.get(name);
    if (!macs) this.#macs.set(name, (macs = new MacMap()));
    return macs;
  }

  #drop(ns: NamespaceName, dev: string): void {
    if (this.#macs.get(`${ns} ${dev}`)?.size === 0) this.#macs.delete(`${ns} ${dev}`);
  }
}
