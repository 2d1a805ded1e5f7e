// SPDX-License-Identifier: Apache-2.0
import { macOf, zeroMac } from "../../base/net/mac.ts";
import { FDB_DYNAMIC, type FdbRequest, fdb } from "../../netlink/route/fdb.ts";
import { FdbSeries } from "../../netlink/route/fdb-series.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF } from "../../netlink/route/neighbour-flags.ts";
import { keyOf, type NamespaceName, type ObjectKey } from "../desired/object.ts";
import type { WantedMacs, WantedObjects } from "../desired/wanted-objects.ts";
import type { BridgeEntry, VxlanEntry } from "../kernel/actual.ts";
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
  /** What nobody wants there goes. */
  readonly isPruned: boolean;
}

/** Requests for MACs of one device. */
interface Asked {
  readonly requests: FdbRequest[];
  /** Of each request: where in the list its MAC is, which entries it is about (NTF_*), and the one that it puts; undefined: it takes them away. */
  readonly at: number[];
  readonly which: number[];
  readonly entries: (VxlanEntry | undefined)[];
}

/** What {@link MacFlood.step} did. */
export interface FloodStep {
  readonly put: number;
  readonly taken: number;
  /** Not for here: to be planned with all that is known. */
  readonly rest: readonly ObjectKey[];
}

export const noStep: FloodStep = { put: 0, taken: 0, rest: [] };

/**
 * The short way for remote MACs that come or go by the thousand: a table from a reflector. It does the one thing that nearly all of them
 * need (put an entry where there is none, or where there is an older one of ours; take ours away) straight from typed tables, with neither key nor plan for
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

  /** The MAC is wanted, or wanted elsewhere than before, or no longer. */
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
    if (!next) return noStep;
    const [name, first] = next;
    const { ns, dev } = first;
    const macs = first.macs.length <= 2 * most ? first.macs : first.macs.splice(0, 2 * most);
    if (macs === first.macs) {
      this.#waiting.delete(name);
      if (this.#last === first) this.#last = undefined;
    }
    this.#size -= macs.length / 2;
    const target = this.#target(ns, dev);
    if (!target) return { ...noStep, rest: Array.from({ length: macs.length / 2 }, (_, i) => keyAt(ns, dev, macs, 2 * i)) };
    return this.#look(target, macs);
  }

  /** Undefined when the devices are not as they have to be. */
  #target(ns: NamespaceName, dev: string): Target | undefined {
    const { kernel, context, wanted, settled } = this.#o;
    const macs = wanted.macsOf(ns, dev);
    const tables = kernel.options.mirror.tables(ns);
    const link = tables?.linkByName(dev);
    const bridge = macs && tables?.indexOf(macs.plan.bridge);
    if (!tables || !link || !bridge || link.master !== bridge || deviceMissing(ns, dev, context)) return undefined;
    const isPruned = context.manages(ns, dev) && !context.keepsSome();
    return { ns, dev, wanted: macs, settled: settled.macsOf(ns, dev), tables, port: link.index, bridge, isPruned };
  }

  #look(t: Target, macs: readonly number[]): FloodStep {
    const { port } = t;
    const vxlans = t.tables.vxlans.get(port);
    const bridges = t.tables.bridges.get(t.bridge);
    const behind = ownBridgeEntry(port);
    const series = new SeriesOf(port);
    const asked: Asked = { requests: [], at: [], which: [], entries: [] };
    const rest: ObjectKey[] = [];
    const special = this.#o.hasSpecial();
    for (let i = 0; i < macs.length; i += 2) {
      const [high, low] = [macs[i]!, macs[i + 1]!];
      const entry = t.wanted.entryAt(high, low);
      const self = vxlans?.getAt(high, low);
      const master = bridges?.getAt(high, low);
      const which =
        entry === undefined
          ? (self?.kind === "own" ? NTF_SELF : 0) | (master?.extern && master.port === port ? NTF_MASTER : 0)
          : (self === entry ? 0 : NTF_SELF) | (master === behind ? 0 : NTF_MASTER);
      if (!this.#isPlain(t, high, low, { entry, self, master, which }) || (special && this.#o.isSpecial(keyAt(t.ns, t.dev, macs, i)))) {
        rest.push(keyAt(t.ns, t.dev, macs, i));
      } else if (which === 0) {
        this.#settle(t, high, low, entry);
      } else {
        asked.requests.push(series.of(entry, which).of(high, low));
        asked.at.push(i);
        asked.which.push(which);
        asked.entries.push(entry);
      }
    }
    return this.#execute(t, macs, asked, rest);
  }

  /** What is there is nobody else's, and nobody touched it. */
  #isPlain(t: Target, high: number, low: number, { entry, self, master, which }: Found): boolean {
    if (entry === undefined) return t.isPruned;
    // One that was right before was changed by somebody: the long way counts that.
    const wasRight = which !== 0 && t.settled.getAt(high, low) === entry;
    return !wasRight && self?.kind !== "foreign" && (master === undefined || master === ownBridgeEntry(t.port));
  }

  #settle(t: Target, high: number, low: number, entry: VxlanEntry | undefined): void {
    if (entry) t.settled.setAt(high, low, entry);
    else t.settled.deleteAt(high, low);
  }

  #execute(t: Target, macs: readonly number[], { requests, at, which, entries }: Asked, rest: ObjectKey[]): FloodStep {
    const { kernel } = this.#o;
    const results = kernel.conn(t.ns)?.execute(requests, { withoutEcho: true, takesEntries: entries.includes(undefined) });
    const confirm = kernel.options.mirror.confirmMacs(t.ns, t.port, t.bridge);
    let [put, taken] = [0, 0];
    for (let n = 0; n < at.length; n++) {
      const i = at[n]!;
      const [high, low] = [macs[i]!, macs[i + 1]!];
      const entry = entries[n];
      // Of two entries that are taken away with one request the second may still be there, when somebody else took the first.
      if (!results || results[n]) {
        rest.push(keyAt(t.ns, t.dev, macs, i));
        continue;
      }
      if (entry) {
        confirm.put(high, low, entry);
        put++;
      } else {
        confirm.taken(high, low, { isSelf: (which[n]! & NTF_SELF) !== 0, isMaster: (which[n]! & NTF_MASTER) !== 0 });
        taken++;
      }
      this.#settle(t, high, low, entry);
    }
    return { put, taken, rest };
  }
}

/** What is wanted for a MAC, what is in both tables, and which of them have to be changed for it. */
interface Found {
  readonly entry: VxlanEntry | undefined;
  readonly self: VxlanEntry | undefined;
  readonly master: BridgeEntry | undefined;
  readonly which: number;
}

/** The requests for MACs of a VXLAN device, as `requests.ts` has them for a single one: MACs behind one VTEP differ in nothing else. */
class SeriesOf {
  readonly #ifindex: number;
  readonly #known = new Map<VxlanEntry | undefined, FdbSeries[]>();

  constructor(ifindex: number) {
    this.#ifindex = ifindex;
  }

  of(entry: VxlanEntry | undefined, which: number): FdbSeries {
    let known = this.#known.get(entry);
    if (!known) this.#known.set(entry, (known = []));
    return (known[which] ??= new FdbSeries(entry ? this.#put(entry, which) : this.#take(which)));
  }

  /** `bridge fdb replace MAC dev DEV dst VTEP self master extern_learn` */
  #put({ vtep, vni }: VxlanEntry, which: number): FdbRequest {
    const destination = (which & NTF_SELF) === 0 ? {} : vni === undefined ? { dst: vtep } : { dst: vtep, vni };
    return fdb.replace({ ifindex: this.#ifindex, mac: zeroMac, state: FDB_DYNAMIC, flags: which | NTF_EXT_LEARNED, ...destination });
  }

  /** `bridge fdb del MAC dev DEV self master` */
  #take(which: number): FdbRequest {
    return fdb.delete({ ifindex: this.#ifindex, mac: zeroMac, flags: which });
  }
}

function keyAt(ns: NamespaceName, dev: string, macs: readonly number[], at: number): ObjectKey {
  return keyOf({ kind: "remote-mac", ns, dev, mac: macOf(macs[at]!, macs[at + 1]!) });
}
