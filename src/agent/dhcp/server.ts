// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { backoffDelay } from "../../base/run/backoff.ts";
import type { Clock } from "../../base/run/clock.ts";
import type { Journal } from "../../base/run/journal.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import { SystemCallError } from "../../base/sys/errors.ts";
import { namespacePath } from "../../base/sys/namespace.ts";
import { identify, isRunning, signal } from "../../base/sys/process-identity.ts";
import { NftablesError } from "../../nftables/errors.ts";
import { digestOf } from "../../nftables/digest.ts";
import { removeTable, stateOf, writeTable } from "../../nftables/rulesets.ts";
import { namespaceOf } from "../desired/place-networks.ts";
import { type TableWatch, watchTables } from "../../nftables/table-watch.ts";
import { boundaryName, boundaryTable } from "./boundary-table.ts";
import { dnsmasqConfig } from "./dnsmasq-config.ts";
import { isInNamespace, patience, type ServerFolder, type ServerRecord, startDnsmasq } from "./dnsmasq-process.ts";
import * as ev from "./events.ts";
import { ServerReport } from "./server-report.ts";
import type { ServicePlan } from "./service-plan.ts";

export interface ServerOptions {
  readonly domain: string;
  readonly folder: ServerFolder;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
  /** Something happened that {@link Server.step} should see soon. */
  readonly onChange: () => void;
}

/** ms */
const [firstPause, longestPause] = [250, 30_000];
/** One that ran for so long was sound: its next end is the first, ms. */
const soundAfter = 10_000;
/** Somebody may have changed the table: it is looked at so often, ms. */
const boundaryPeriod = 30_000;

/**
 * The DHCP and DNS server of one domain: a process that is made to be as the plan says, step by step, and outlives the agent. Nothing here
 * waits: {@link step} does what can be done now, and says whether something is still to come.
 */
export class Server {
  readonly #o: ServerOptions;
  readonly report: ServerReport;
  #plan: ServicePlan | undefined;
  #running: ServerRecord | undefined;
  #endingSince: number | undefined;
  #startedAt = 0;
  #attempts = 0;
  #notBefore = 0;
  #boundaryCheckedAt: number | undefined;
  /** Inode of the namespace that it is about. */
  #boundaryNamespace: number | undefined;
  #boundaryGone = false;
  #boundaryWatch: TableWatch | undefined;
  #problem: string | undefined;

  constructor(options: ServerOptions) {
    this.#o = options;
    this.report = new ServerReport(options);
    const { domain, folder, journal } = options;
    const record = folder.running();
    if (record === undefined) return;
    this.#running = record;
    journal.emit(ev.serverAdopted, { domain, pid: record.identity.pid });
  }

  /** Undefined: the domain is served no more. */
  set plan(plan: ServicePlan | undefined) {
    this.#plan = plan;
    this.#boundaryCheckedAt = undefined;
    this.#boundaryGone = false;
    // What failed may be mended by what changed.
    this.#notBefore = 0;
  }

  get plan(): ServicePlan | undefined {
    return this.#plan;
  }

  get isRunning(): boolean {
    return this.#running !== undefined && this.#endingSince === undefined;
  }

  /** Why the domain is not served; undefined when it is, or waits for its namespace. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Served no more, and nothing is left of it. */
  get isGone(): boolean {
    return this.#plan === undefined && this.#running === undefined && this.#boundaryGone;
  }

  /** @returns whether something is in motion, so that it should be called again soon */
  step(): boolean {
    try {
      return this.#advance();
    } catch (e) {
      // A full disk, say, is this domain's misfortune and stops no other; any other fault is one of ours.
      const { syscall, message } = e as NodeJS.ErrnoException;
      if (syscall === undefined) throw e;
      if (this.#problem !== message) this.#failed(message);
      return false;
    }
  }

  #advance(): boolean {
    this.#see();
    const plan = this.#plan;
    if (plan === undefined) {
      this.#problem = undefined;
      return this.#end("the domain is served no more") || !this.#openBoundary();
    }
    const namespace = namespacePath(plan.ns);
    this.#followNamespace(namespace);
    if (!existsSync(namespace)) return this.#end("its namespace is gone");
    const barrier = this.#keepBoundary(plan, namespace);
    if (barrier !== undefined) {
      // Better no server than one that answers on other hosts, too.
      this.#problem = barrier;
      return this.#end(barrier);
    }
    const config = dnsmasqConfig(plan, this.#o.folder);
    const digest = createHash("sha256").update(config).digest("hex");
    const running = this.#running;
    if (running === undefined) return this.#start(plan, namespace, config, digest);
    if (running.digest !== digest) return this.#end("its configuration changes");
    if (!isInNamespace(running, namespace)) return this.#end("its namespace was made anew");
    if (this.#attempts > 0 && this.#o.clock.now() - this.#startedAt > soundAfter) this.#attempts = 0;
    this.#problem = undefined;
    this.report.look();
    return false;
  }

  /** Notices that the process ended. */
  #see(): void {
    const running = this.#running;
    if (running === undefined || isRunning(running.identity)) return;
    const wasAsked = this.#endingSince !== undefined;
    this.#running = undefined;
    this.#endingSince = undefined;
    this.#o.folder.forget();
    if (!wasAsked) this.#failed(`dnsmasq ended by itself${this.report.lastWords()}`);
  }

  #failed(reason: string): void {
    const { clock, journal, domain } = this.#o;
    const retry = Math.round(backoffDelay(this.#attempts++, firstPause, longestPause));
    this.#notBefore = clock.now() + retry;
    this.#problem = reason;
    journal.emit(ev.serverFailed, { domain, reason, retry });
  }

  #start(plan: ServicePlan, namespace: string, config: string, digest: string): boolean {
    const { clock, journal, metrics, domain, folder } = this.#o;
    if (clock.now() < this.#notBefore) return true;
    let started: ReturnType<typeof startDnsmasq>;
    try {
      started = startDnsmasq(namespace, folder, config);
    } catch (e) {
      this.#failed((e as Error).message);
      return true;
    }
    const { child } = started;
    child.on("error", (e: NodeJS.ErrnoException) => {
      this.#failed(e.code === "ENOENT" ? "dnsmasq is not installed: apt install dnsmasq-base" : e.message);
      this.#o.onChange();
    });
    child.on("exit", () => this.#o.onChange());
    metrics.add(ev.starts, { domain });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined) {
      if (child.pid !== undefined) this.#failed(`dnsmasq ended at once${this.report.lastWords()}`);
      else this.#notBefore = clock.now() + firstPause; // The error itself comes in a moment.
      return true;
    }
    this.#startedAt = clock.now();
    this.#running = { identity, digest, namespace: started.namespace };
    folder.write(this.#running);
    this.report.reset();
    journal.emit(ev.serverStarted, { domain, pid: identity.pid, networks: plan.networks.length });
    return true;
  }

  /** Asks the process to end, and later makes it. @returns whether it is still there */
  #end(why: string): boolean {
    const { clock, journal, domain } = this.#o;
    const running = this.#running;
    if (running === undefined) return false;
    const { pid } = running.identity;
    if (this.#endingSince === undefined) {
      this.#endingSince = clock.now();
      journal.emit(ev.serverEnded, { domain, pid, why });
      signal(running.identity, "SIGTERM");
    } else if (clock.now() - this.#endingSince > patience) signal(running.identity, "SIGKILL");
    return true;
  }

  /** What stood for our server only would stand in the way of another one's. @returns whether nothing is left of it */
  #openBoundary(): boolean {
    const namespace = namespacePath(namespaceOf(this.#o.domain));
    this.close();
    if (this.#boundaryGone || !existsSync(namespace)) return (this.#boundaryGone = true);
    try {
      removeTable(namespace, { family: "bridge", name: boundaryName });
      this.#boundaryGone = true;
    } catch (e) {
      if (!(e instanceof NftablesError || e instanceof SystemCallError)) throw e;
      this.#problem = `its table in nftables stays: ${e.message}`;
    }
    return this.#boundaryGone;
  }

  /**
   * A namespace whose name somebody took away lives as long as a socket is in it, and with it devices that are in the way of new ones. In one
   * made anew there is no table yet.
   */
  #followNamespace(namespace: string): void {
    const inode = statSync(namespace, { throwIfNoEntry: false })?.ino;
    if (inode === this.#boundaryNamespace) return;
    this.#boundaryNamespace = inode;
    this.#boundaryCheckedAt = undefined;
    this.close();
  }

  /** Hears of what others do to the table. */
  #watchBoundary(namespace: string): void {
    try {
      this.#boundaryWatch = watchTables(namespace, (tables) => {
        if (tables && !tables.includes(`bridge ${boundaryName}`)) return;
        this.#boundaryCheckedAt = undefined;
        this.#o.onChange();
      });
    } catch (e) {
      // Then it is found when it is looked at next.
      if (!(e instanceof SystemCallError)) throw e;
    }
  }

  /** The process goes on. */
  close(): void {
    this.#boundaryWatch?.close();
    this.#boundaryWatch = undefined;
  }

  /** @returns why it could not be made */
  #keepBoundary(plan: ServicePlan, namespace: string): string | undefined {
    const { clock } = this.#o;
    if (this.#boundaryCheckedAt !== undefined && clock.now() - this.#boundaryCheckedAt < boundaryPeriod) return undefined;
    try {
      const table = boundaryTable(plan);
      const state = stateOf(namespace, table);
      if (!this.#boundaryWatch) this.#watchBoundary(namespace);
      if (state.kind !== "ours" || state.current !== digestOf(table)) writeTable(namespace, table);
      this.#boundaryCheckedAt = clock.now();
      return undefined;
    } catch (e) {
      if (e instanceof NftablesError || e instanceof SystemCallError) return `frames of DHCP cannot be kept from other hosts: ${e.message}`;
      throw e;
    }
  }
}
