// SPDX-License-Identifier: Apache-2.0
import { type Mac, macOf } from "../../base/net/mac.ts";
import { FDB_DYNAMIC, type FdbRequest, fdb } from "../../netlink/route/fdb.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF } from "../../netlink/route/neighbour-flags.ts";
import { keyOf, type NamespaceName, type ObjectKey } from "../desired/object.ts";
import type { WantedMacs, WantedObjects } from "../desired/wanted-objects.ts";
import type { VxlanEntry } from "../kernel/actual.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { NamespaceTables } from "../kernel/namespace-tables.ts";
import { ownBridgeEntry } from "../kernel/own-entries.ts";
import { deviceMissing, type PlanContext } from "./plan/context.ts";
import type { SettledTable } from "./settled-table.ts";

export interface MacFloodOptions {
  readonly kernel: Kernel;
  readonly context: PlanContext;
  readonly wanted: WantedObjects;
  readonly settled: SettledTable;
  /** Something is known of the object beside what is wanted and what is there: it failed, waits, is in conflict. */
  readonly isSpecial: (key: ObjectKey) => boolean;
  /** There are such objects at all. */
  readonly hasSpecial: () => boolean;
}

/** MACs of one device that wait, each as two numbers. */
interface Waiting {
  readonly ns: NamespaceName;
  readonly dev: string;
  readonly macs: number[];
}

/** Where the MACs of one device are put: everything that does not differ from one to the next. */
interface Target {
  readonly ns: NamespaceName;
  readonly dev: string;
  readonly wanted: WantedMacs;
  readonly settled: ReturnType<SettledTable["macsOf"]>;
  readonly tables: NamespaceTables;
  /** Interface index of the VXLAN device, and of the bridge that it is a port of. */
  readonly port: number;
  readonly bridge: number;
}

/** Requests for MACs of one device, each with the place of its MAC in the list and the entry that it puts. */
interface Puts {
  readonly requests: readonly FdbRequest[];
  readonly at: readonly number[];
  readonly entries: readonly VxlanEntry[];
}

/** What {@link MacFlood.step} did. */
export interface FloodStep {
  readonly put: number;
  /** Not for here: to be planned with all that is known. */
  readonly rest: readonly ObjectKey[];
}

const nothing: FloodStep = { put: 0, rest: [] };

/**
 * The short way for remote MACs that come by the thousand: a table from a reflector. It does the one thing that nearly all of them
 * need (put an entry where there is none, or where there is an older one of ours) straight from typed tables, with neither key nor plan for
 * each: 50,000 in a tenth of the time (bench/figures/fib.ts). Whatever else it finds, and whatever the kernel refuses, goes the
 * long way through `plan`, which decides the same for what is done here (mac-flood.test.ts).
 */
export class MacFlood {
  readonly #o: MacFloodOptions;
  /** By namespace and device: changes that hop from one to the other are put together again. */
  readonly #waiting = new Map<string, Waiting>();
  #last: Waiting | undefined;
  #size = 0;

  constructor(options: MacFloodOptions) {
    this.#o = options;
  }

  /** How many MACs wait. */
  get size(): number {
    return this.#size;
  }

  /** The MAC is wanted, or wanted elsewhere than before. */
  add(ns: NamespaceName, dev: string, high: number, low: number): void {
    if (this.#last?.ns !== ns || this.#last.dev !== dev) this.#last = this.#of(ns, dev);
    this.#last.macs.push(high, low);
    this.#size++;
  }

  #of(ns: NamespaceName, dev: string): Waiting {
    const name = `${ns} ${dev}`;
    let waiting = this.#waiting.get(name);
    if (!waiting) this.#waiting.set(name, (waiting = { ns, dev, macs: [] }));
    return waiting;
  }

  clear(): void {
    this.#waiting.clear();
    this.#last = undefined;
    this.#size = 0;
  }

  /** Takes up to `most` MACs in the order in which they came, of one device. */
  step(most: number): FloodStep {
    const [next] = this.#waiting;
    if (!next) return nothing;
    const [name, first] = next;
    const { ns, dev } = first;
    const macs = first.macs.length <= 2 * most ? first.macs : first.macs.splice(0, 2 * most);
    if (macs === first.macs) {
      this.#waiting.delete(name);
      if (this.#last === first) this.#last = undefined;
    }
    this.#size -= macs.length / 2;
    const target = this.#target(ns, dev);
    if (!target) return { put: 0, rest: Array.from({ length: macs.length / 2 }, (_, i) => keyAt(ns, dev, macs, 2 * i)) };
    return this.#put(target, macs);
  }

  /** Undefined when the devices are not as they have to be. */
  #target(ns: NamespaceName, dev: string): Target | undefined {
    const { kernel, context, wanted, settled } = this.#o;
    const macs = wanted.macsOf(ns, dev);
    const tables = kernel.options.mirror.tables(ns);
    const link = tables?.linkByName(dev);
    const bridge = macs && tables?.indexOf(macs.plan.bridge);
    if (!tables || !link || !bridge || link.master !== bridge || deviceMissing(ns, dev, context)) return undefined;
    return { ns, dev, wanted: macs, settled: settled.macsOf(ns, dev), tables, port: link.index, bridge };
  }

  #put(t: Target, macs: readonly number[]): FloodStep {
    const { port } = t;
    const vxlans = t.tables.vxlans.get(port);
    const bridges = t.tables.bridges.get(t.bridge);
    const behind = ownBridgeEntry(port);
    const requests: FdbRequest[] = [];
    /** Of each request: where in `macs` its MAC is, and the entry. */
    const at: number[] = [];
    const entries: VxlanEntry[] = [];
    const rest: ObjectKey[] = [];
    const special = this.#o.hasSpecial();
    for (let i = 0; i < macs.length; i += 2) {
      const [high, low] = [macs[i]!, macs[i + 1]!];
      const entry = t.wanted.entryAt(high, low);
      const self = vxlans?.getAt(high, low);
      const master = bridges?.getAt(high, low);
      const isPlain = entry !== undefined && self?.kind !== "foreign" && (master === undefined || master === behind);
      const which = (self === entry ? 0 : NTF_SELF) | (master === behind ? 0 : NTF_MASTER);
      // One that was right before was changed by somebody: the long way counts that.
      const wasRight = which !== 0 && t.settled.getAt(high, low) === entry;
      if (!isPlain || wasRight || (special && this.#o.isSpecial(keyAt(t.ns, t.dev, macs, i)))) {
        rest.push(keyAt(t.ns, t.dev, macs, i));
      } else if (which === 0) {
        t.settled.setAt(high, low, entry);
      } else {
        requests.push(putRequest(port, macOf(high, low), entry, which));
        at.push(i);
        entries.push(entry);
      }
    }
    return { put: requests.length - this.#execute(t, macs, { requests, at, entries }, rest), rest };
  }

  /** @returns how many failed */
  #execute(t: Target, macs: readonly number[], { requests, at, entries }: Puts, rest: ObjectKey[]): number {
    const { kernel } = this.#o;
    const results = kernel.conn(t.ns)?.execute(requests, { withoutEcho: true });
    const done = kernel.options.mirror.confirmMacs(t.ns, t.port, t.bridge);
    let failed = 0;
    for (let n = 0; n < at.length; n++) {
      const i = at[n]!;
      const [high, low] = [macs[i]!, macs[i + 1]!];
      const entry = entries[n]!;
      if (!results || results[n]) {
        failed++;
        rest.push(keyAt(t.ns, t.dev, macs, i));
        continue;
      }
      done(high, low, entry);
      t.settled.setAt(high, low, entry);
    }
    return failed;
  }
}

/** `bridge fdb replace MAC dev DEV dst VTEP self master extern_learn`, as `requests.ts` has it for a single one. */
function putRequest(ifindex: number, mac: Mac, { vtep, vni }: VxlanEntry, which: number): FdbRequest {
  const destination = (which & NTF_SELF) === 0 ? {} : vni === undefined ? { dst: vtep } : { dst: vtep, vni };
  return fdb.replace({ ifindex, mac, state: FDB_DYNAMIC, flags: which | NTF_EXT_LEARNED, ...destination });
}

function keyAt(ns: NamespaceName, dev: string, macs: readonly number[], at: number): ObjectKey {
  return keyOf({ kind: "remote-mac", ns, dev, mac: macOf(macs[at]!, macs[at + 1]!) });
}
