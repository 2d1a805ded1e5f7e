// SPDX-License-Identifier: Apache-2.0
import { type Clock, nextTurn, type Timer } from "../../base/run/clock.ts";
import type { Journal } from "../../base/run/journal.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import type { ObjectKey } from "../desired/object.ts";
import type { WantedObjects } from "../desired/wanted-objects.ts";
import * as ev from "../events.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { ownedButMacs, dynamicNeighbourKeys } from "../kernel/owned-keys.ts";
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
  }

  /** One audit from now on; resolves when all is read and marked. */
  async run(): Promise<void> {
    // One that is under way may have read before what it is asked for now.
    this.#again = this.#running !== undefined;
    this.#running ??= this.#repeat().finally(() => (this.#running = undefined));
    await this.#running;
  }

  async #repeat(): Promise<void> {
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
    let looked = 0;
    let differing: ObjectKey[] = [];
    for (const key of this.#concerned()) {
      if (key !== undefined && reconciler.differs(key)) differing.push(key);
      if (++looked % keySlice !== 0) continue;
      reconciler.mark(differing, "audit");
      differing = [];
      await nextTurn(clock);
      if (this.#stopped) return;
    }
    reconciler.mark(differing, "audit");
    this.lastRun = clock.wall();
  }

  /** What is wanted, what is ours besides, and what of the kernel's own may be a lie; undefined for a remote MAC that is as it should be. */
  *#concerned(): Generator<ObjectKey | undefined> {
    const { kernel, wanted } = this.#o;
    const { mirror } = kernel.options;
    yield* wanted.otherKeys();
    for (const key of ownedButMacs(mirror)) if (!wanted.has(key)) yield key;
    for (const key of dynamicNeighbourKeys(mirror)) if (!wanted.has(key)) yield key;
    yield* auditMacs(wanted, mirror);
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
