// SPDX-License-Identifier: Apache-2.0
import { type Clock, nextTurn, type Timer } from "../../base/run/clock.ts";
import type { Journal } from "../../base/run/journal.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import type { ObjectKey } from "../desired/object.ts";
import type { WantedObjects } from "../desired/wanted-objects.ts";
import * as ev from "../events.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { dynamicNeighbourKeys, notWanted, ownedButMacs } from "../kernel/owned-keys.ts";
import type { Reconciler } from "./loop.ts";
import { auditMacs } from "./mac-audit.ts";

export interface AuditOptions {
  readonly kernel: Kernel;
  readonly reconciler: Reconciler;
  readonly wanted: WantedObjects;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
}

/** Objects compared before the loop gets a turn. */
const keySlice = 1000;
/** Pause for each object, ms: an audit takes some 20 µs of CPU for one, the kernel's part included, and shall not take more than 0.4 % of a core. */
const pausePerObject = 5;
/** But not longer than so many periods. */
const mostPeriods = 10;

/** From the end of an audit of so many objects to the start of the next, ms. */
export function auditPause(period: number, objects: number): number {
  return Math.max(period, Math.min(objects * pausePerObject, period * mostPeriods));
}

/**
 * Reads the kernel anew and compares everything that is wanted or marked as ours with it: what events told wrongly or not at all
 * is found here. Only what differs is handed on, and the loop has its turns all the way.
 */
export class Audit {
  readonly #o: AuditOptions;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;
  #again = false;
  /** Wall clock of the end of the last one, ms since the epoch. */
  lastRun: number | undefined;

  constructor(options: AuditOptions) {
    this.#o = options;
  }

  /** @param period ms between the end of one and the start of the next, longer with very many objects: {@link auditPause} */
  start(period: number): void {
    this.#timer?.cancel();
    this.#timer = this.#o.clock.after(auditPause(period, this.#o.wanted.size), () => {
      void this.run().finally(() => {
        if (!this.#stopped) this.start(period);
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
    // What it failed with was the answer to who asked.
    await this.#looking?.catch(() => undefined);
  }

  /** One audit from now on; resolves when all is read and marked. */
  async run(): Promise<void> {
    // One that is under way may have read before what it is asked for now.
    this.#again = this.#running !== undefined;
    this.#running ??= this.#repeat().finally(() => (this.#running = undefined));
    await this.#running;
  }

  /**
   * Reads the kernel anew as an audit does, then shows the keys that one would look at: all that are wanted or marked as ours, but for remote MACs that are
   * exactly as they should be. Hands nothing on. One at a time, and none while an audit reads: the mirror watches one dump of a namespace.
   * @throws NetlinkError
   */
  async look(see: (key: ObjectKey) => void): Promise<void> {
    for (let other = this.#running ?? this.#looking; other; other = this.#running ?? this.#looking) await other.catch(() => undefined);
    this.#looking = this.#lookNow(see).finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  async #lookNow(see: (key: ObjectKey) => void): Promise<void> {
    const { kernel, clock } = this.#o;
    for (const ns of kernel.opened()) {
      for await (const _ of kernel.snapshotInSlices(ns)) {
        await nextTurn(clock);
        if (this.#stopped) return;
      }
    }
    await this.#walk(this.#ours(), see);
  }

  async #repeat(): Promise<void> {
    while (this.#looking) await this.#looking.catch(() => undefined);
    do {
      this.#again = false;
      await this.#once();
    } while (this.#again && !this.#stopped);
  }

  async #once(): Promise<void> {
    const { kernel, reconciler, clock, metrics } = this.#o;
    const vanished = kernel.dropVanished();
    if (vanished > 0) {
      metrics.add(ev.corrections, {}, vanished);
      kernel.options.onChange();
    }
    for (const ns of kernel.opened()) {
      if (this.#stopped) return;
      await this.#namespace(ns);
      metrics.add(ev.audits, {});
    }
    let differing: ObjectKey[] = [];
    const handOn = (): void => {
      reconciler.mark(differing, "audit");
      differing = [];
    };
    await this.#walk(
      this.#concerned(),
      (key) => {
        if (reconciler.differs(key)) differing.push(key);
      },
      handOn,
    );
    if (this.#stopped) return;
    this.lastRun = clock.wall();
  }

  /** @param rest called before each turn of the loop and at the end */
  async #walk(keys: Iterable<ObjectKey | undefined>, see: (key: ObjectKey) => void, rest?: () => void): Promise<void> {
    let looked = 0;
    for (const key of keys) {
      if (key !== undefined) see(key);
      if (++looked % keySlice !== 0) continue;
      rest?.();
      await nextTurn(this.#o.clock);
      if (this.#stopped) return;
    }
    rest?.();
  }

  /** What is wanted, and what is ours besides; undefined for a remote MAC that is as it should be. */
  *#ours(): Generator<ObjectKey | undefined> {
    const { kernel, wanted } = this.#o;
    const { mirror } = kernel.options;
    yield* wanted.otherKeys();
    yield* notWanted(ownedButMacs(mirror), wanted);
    yield* auditMacs(wanted, mirror);
  }

  /** The same, and what of the kernel's own may be a lie. */
  *#concerned(): Generator<ObjectKey | undefined> {
    const { kernel, wanted } = this.#o;
    yield* this.#ours();
    yield* notWanted(dynamicNeighbourKeys(kernel.options.mirror), wanted);
  }

  async #namespace(ns: string): Promise<void> {
    const { kernel, metrics, journal } = this.#o;
    try {
      for await (const found of kernel.snapshotInSlices(ns)) {
        if (found > 0) {
          metrics.add(ev.corrections, {}, found);
          kernel.options.onChange();
        }
        await nextTurn(this.#o.clock);
        if (this.#stopped) return;
      }
    } catch (e) {
      journal.emit(ev.auditFailed, { namespace: ns || "the host namespace", error: (e as Error).message });
    }
  }
}
