// SPDX-License-Identifier: Apache-2.0
import { type Clock, nextTurn, type Timer } from "../../base/run/clock.ts";
import type { Journal } from "../../base/run/journal.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import { describeKey, isEntryKey, type KernelObject, type ObjectKey, parseKey } from "../desired/object.ts";
import type { Flood } from "../desired/desired-state.ts";
import type { WantedObjects } from "../desired/wanted-objects.ts";
import * as ev from "../events.ts";
import { applyOps, type OpResults } from "../kernel/apply.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { FailureTable } from "./failure-table.ts";
import { MacFlood } from "./mac-flood.ts";
import { RouteFlood } from "./route-flood.ts";
import { RestlessTable } from "./restless-table.ts";
import type { Op } from "./op.ts";
import { plan, planObject, type Plan } from "./plan.ts";
import type { PlanContext } from "./plan/context.ts";
import { SettledTable } from "./settled-table.ts";

export interface ReconcilerOptions {
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly context: PlanContext;
  readonly wanted: WantedObjects;
  /** Called when nothing is left to do: everything wanted is done, waiting, in conflict or failing. */
  readonly onIdle: () => void;
}

/** Keys looked at before the loop gets a turn: planning and applying 1,000 entries takes a few milliseconds each. */
const slice = 1000;
/** Whose remote MACs are put in one turn, with a call of the kernel for each. */
const devicesPerTurn = 100;
/** The kernel takes up to a millisecond for a device, and each turn looks at all of 1,000 networks when devices changed (bench/figures/scale.ts). */
const deviceSlice = 32;
/** Objects for which something is done in a pass, as they were wanted when it was planned: more may be wanted meanwhile. */
type Begun = Map<ObjectKey, KernelObject | undefined>;
type Repair = { readonly key: ObjectKey; readonly by: string };

/**
 * Brings the kernel to what is wanted, for the objects that somebody marked as dirty: plan, apply rank by rank, look again. An
 * object that fails is tried again later and stops no other.
 */
export class Reconciler {
  readonly #o: ReconcilerOptions;
  #dirty = new Set<ObjectKey>();
  #forget: Op[] = [];
  readonly #settled = new SettledTable();
  readonly #flood: MacFlood;
  readonly #routes: RouteFlood;
  readonly failures = new FailureTable();
  readonly #restless = new RestlessTable();
  readonly conflicts = new Map<ObjectKey, { readonly reason: string; readonly since: number }>();
  readonly waiting = new Map<ObjectKey, { readonly reason: string; readonly since: number }>();
  #running: Promise<void> | undefined;
  #retry: Timer | undefined;
  #stopped = false;
  #reason = "event";

  constructor(options: ReconcilerOptions) {
    this.#o = options;
    const shared = { ...options, settled: this.#settled, isSpecial: (key: ObjectKey) => this.#isSpecial(key) };
    this.#routes = new RouteFlood(shared);
    this.#flood = new MacFlood({
      ...shared,
      hasSpecial: () => this.failures.size + this.conflicts.size + this.waiting.size > 0,
    });
  }

  /** Nothing is being done and nothing waits to be done now. */
  get idle(): boolean {
    return this.#running === undefined && !this.#hasWork;
  }

  get dirtyCount(): number {
    return this.#dirty.size + this.#flood.size + this.#routes.size;
  }

  get #hasWork(): boolean {
    return this.dirtyCount + this.#forget.length > 0;
  }

  /** `by` is named in the report when an object turns out to have been changed from outside. */
  mark(keys: Iterable<ObjectKey>, by: "event" | "audit" = "event"): void {
    if (this.#stopped) return;
    for (const key of keys) this.#dirty.add(key);
    if (by === "audit") this.#reason = by;
    if (this.#dirty.size > 0) this.#start();
  }

  /** Remote MACs and routes by the thousand: `fill` is given what takes them. */
  markFlood(fill: (flood: Flood) => void): void {
    if (this.#stopped) return;
    fill({
      addMac: (ns, dev, high, low) => this.#flood.add(ns, dev, high, low),
      addRoute: (route) => this.#routes.add(route),
    });
    if (this.#flood.size + this.#routes.size > 0) this.#start();
  }

  /** There is something to do about it, or there was when it was looked at last. */
  differs(key: ObjectKey): boolean {
    return this.#isSpecial(key) || planObject(key, this.#o.context).kind !== "settled";
  }

  #isSpecial(key: ObjectKey): boolean {
    return this.failures.get(key) !== undefined || this.conflicts.has(key) || this.waiting.has(key);
  }

  /** Steps that are tried once: what they take away comes back by itself when it is wrong. */
  once(ops: readonly Op[]): void {
    if (this.#stopped || ops.length === 0) return;
    for (const op of ops) this.#forget.push(op);
    this.#start();
  }

  /** Resolves when nothing is being done any more. */
  async settle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#dirty.clear();
    this.#flood.clear();
    this.#routes.clear();
    this.#forget = [];
    this.#retry?.cancel();
    await this.settle();
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#stopped && this.#hasWork) this.#start();
      else if (!this.#stopped) this.#o.onIdle();
    });
  }

  async #run(): Promise<void> {
    // What else arrives in this turn of the loop belongs to the same plan.
    await nextTurn(this.#o.clock);
    while (!this.#stopped && this.#hasWork) {
      if (this.#dirty.size + this.#forget.length > 0) await this.#pass();
      if (this.#flood.size > 0) await this.#takeFlood();
      if (this.#routes.size > 0) await this.#takeRoutes();
    }
    this.#scheduleRetry();
  }

  async #takeFlood(): Promise<void> {
    if (this.#stopped) return;
    // A turn's worth, of one device or of many: one device a turn would fall behind changes that are spread over all.
    const end = Math.max(0, this.#flood.size - slice);
    for (let devices = 0; this.#flood.size > end && devices < devicesPerTurn; devices++) {
      const { put, taken, rest } = this.#flood.step(this.#flood.size - end);
      if (put > 0) this.#o.metrics.add(ev.opsApplied, { kind: "put-remote-mac", result: "done" }, put);
      if (taken > 0) this.#o.metrics.add(ev.opsApplied, { kind: "delete-remote-mac", result: "done" }, taken);
      for (const key of rest) this.#dirty.add(key);
    }
    await nextTurn(this.#o.clock);
  }

  async #takeRoutes(): Promise<void> {
    if (this.#stopped) return;
    const { put, taken, rest } = this.#routes.step(slice);
    if (put > 0) this.#o.metrics.add(ev.opsApplied, { kind: "put-route", result: "done" }, put);
    if (taken > 0) this.#o.metrics.add(ev.opsApplied, { kind: "delete-route", result: "done" }, taken);
    for (const key of rest) this.#dirty.add(key);
    await nextTurn(this.#o.clock);
  }

  async #pass(): Promise<void> {
    const now = this.#o.clock.now();
    const keys = [...this.#dirty].filter((key) => !this.failures.isPaused(key, now));
    this.#dirty = new Set();
    const once = this.#forget;
    this.#forget = [];
    const by = this.#reason;
    this.#reason = "event";
    const repaired: Repair[] = [];
    for (const some of slicesOf(once)) {
      applyOps(some, this.#o.kernel);
      if (some.length < once.length) await nextTurn(this.#o.clock);
    }
    for (const part of this.#parts(keys)) {
      if (this.#stopped) break;
      await this.#partOfPass(part, by, repaired);
    }
    this.#report(repaired);
  }

  /**
   * What is planned and applied together: all devices first, because they build on one another, then entries slice by slice, those to
   * put before those to take away. So the kernel gets the first of 50,000 entries at once, and what lies between plan and
   * kernel never becomes old enough to burden the garbage collector (bench/figures/fib.ts).
   */
  #parts(keys: readonly ObjectKey[]): readonly (readonly ObjectKey[])[] {
    if (keys.length <= slice) return [keys];
    const devices: ObjectKey[] = [];
    const put: ObjectKey[] = [];
    const take: ObjectKey[] = [];
    for (const key of keys) (!isEntryKey(key) ? devices : this.#o.context.wanted.has(key) ? put : take).push(key);
    return [devices, ...slicesOf(put), ...slicesOf(take)];
  }

  async #partOfPass(keys: readonly ObjectKey[], by: string, repaired: Repair[]): Promise<void> {
    const ranks: Op[][] = [];
    const begun: Begun = new Map();
    for (const some of slicesOf(keys)) {
      const planned = plan(some, this.#o.context);
      this.#note(some, planned, begun);
      planned.ranks.forEach((ops, rank) => {
        const all = (ranks[rank] ??= []);
        for (const op of ops) all.push(op);
      });
      if (keys.length >= slice) await nextTurn(this.#o.clock);
    }
    for (const [key, wanted] of begun) if (wanted && this.#settled.is(key, wanted)) repaired.push({ key, by });
    await this.#applyRanks(ranks, begun);
  }

  /** Keeps what the plan says about objects for which nothing is done now; the others are begun. */
  #note(keys: readonly ObjectKey[], planned: Plan, begun: Begun): void {
    const wall = this.#o.clock.wall();
    for (const key of keys) {
      const reason = planned.conflicts.get(key);
      const known = this.conflicts.get(key);
      if (reason === undefined) this.conflicts.delete(key);
      else if (known?.reason !== reason) {
        this.conflicts.set(key, { reason, since: known?.since ?? wall });
        this.#o.journal.emit(ev.objectConflict, { object: describeKey(key), reason });
      }
      const why = planned.waiting.get(key);
      if (why === undefined) this.waiting.delete(key);
      else this.waiting.set(key, { reason: why, since: this.waiting.get(key)?.since ?? wall });
    }
    for (const ops of planned.ranks) for (const op of ops) begun.set(op.key, this.#o.context.wanted.get(op.key));
    for (const key of keys) {
      if (begun.has(key)) continue;
      const wanted = this.#o.context.wanted.get(key);
      if (wanted && (planned.conflicts.has(key) || planned.waiting.has(key))) this.failures.clear(key);
      else if (wanted) this.#done(key, wanted);
      else this.#gone(key);
    }
  }

  /** What failed for want of a device: worth another attempt as soon as devices change. */
  retryMissing(): void {
    this.mark([...this.failures.entries()].filter(([, f]) => f.failure.errnoName === "ENODEV").map(([key]) => key));
  }

  async #applyRanks(ranks: readonly (readonly Op[])[], begun: Begun): Promise<void> {
    const failed = new Map<ObjectKey, OpResults[number]>();
    for (const ops of ranks) {
      if (!ops || ops.length === 0 || this.#stopped) continue;
      // A device that could not be made is not brought up: its later steps would only hide the first error.
      const todo = failed.size === 0 ? ops : ops.filter((op) => !failed.has(op.key));
      for (const some of slicesOf(todo, todo.every((op) => isEntryKey(op.key)) ? slice : deviceSlice)) {
        const results = applyOps(some, this.#o.kernel);
        some.forEach((op, i) => {
          if (results[i]) failed.set(op.key, results[i]);
        });
        this.#count(some, results);
        if (some.length < todo.length) await nextTurn(this.#o.clock);
      }
    }
    if (this.#stopped) return;
    let looked = 0;
    for (const [key, wanted] of begun) {
      this.#outcome(key, wanted, failed.get(key));
      if (++looked % slice === 0) await nextTurn(this.#o.clock);
    }
  }

  #outcome(key: ObjectKey, wanted: KernelObject | undefined, failure: OpResults[number]): void {
    if (!failure) {
      if (wanted) this.#done(key, wanted);
      else this.#gone(key);
      return;
    }
    this.#settled.delete(key);
    const { clock, journal } = this.#o;
    const { attempts } = this.failures.record(key, failure, clock.now(), clock.wall());
    // The first failure and then ever more rarely: an object that fails for hours must not fill the journal.
    if ((attempts & (attempts - 1)) === 0) {
      journal.emit(ev.objectFailed, { object: describeKey(key), error: failure.message, errno: failure.errnoName, attempts });
    }
  }

  #done(key: ObjectKey, wanted: KernelObject): void {
    this.#settled.set(key, wanted);
    this.#recovered(key);
  }

  #gone(key: ObjectKey): void {
    this.#settled.delete(key);
    this.#recovered(key);
  }

  #recovered(key: ObjectKey): void {
    const before = this.failures.clear(key);
    if (before) this.#o.journal.emit(ev.objectRecovered, { object: describeKey(key), attempts: before.attempts });
  }

  #count(ops: readonly Op[], results: OpResults): void {
    const totals = new Map<string, number>();
    ops.forEach((op, i) => {
      const name = `${op.kind} ${results[i] ? "failed" : "done"}`;
      totals.set(name, (totals.get(name) ?? 0) + 1);
    });
    for (const [name, n] of totals) {
      const [kind, result] = name.split(" ") as [string, string];
      this.#o.metrics.add(ev.opsApplied, { kind, result }, n);
    }
  }

  #report(repaired: readonly Repair[]): void {
    const first = repaired[0];
    if (!first) return;
    const { clock } = this.#o;
    for (const { key } of repaired) {
      if (!this.#restless.repaired(key, clock.now())) continue;
      this.#outcome(key, undefined, { errnoName: "RESTLESS", message: "somebody changes it again and again; left alone for a while" });
    }
    for (const { key } of repaired) this.#o.metrics.add(ev.repairs, { kind: parseKey(key).kind });
    this.#o.journal.emit(ev.kernelRepaired, { object: describeKey(first.key), objects: repaired.length, by: first.by });
  }

  #scheduleRetry(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    const next = this.failures.nextRetry();
    if (next === undefined || this.#stopped) return;
    const { clock } = this.#o;
    this.#retry = clock.after(Math.max(0, next - clock.now()), () => {
      const due = this.failures.due(clock.now());
      // A timer may run a moment too early, and then nothing is due yet.
      if (due.length > 0) this.mark(due);
      else this.#scheduleRetry();
    });
  }
}

function slicesOf<T>(all: readonly T[], size = slice): readonly (readonly T[])[] {
  if (all.length <= size) return [all];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
