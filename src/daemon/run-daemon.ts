// SPDX-License-Identifier: Apache-2.0
import { flushCompileCache } from "node:module";
import { systemClock } from "../base/run/clock.ts";
import { ConfigError } from "../contract/errors.ts";
import type { ReloadReply } from "../contract/inspect.ts";
import { crashReport } from "./crash-report.ts";
import { Recorder } from "../record/recorder.ts";
import { systemNotify } from "./system-notify.ts";
import type { Daemon, DaemonConfig, DaemonKind } from "./daemon.ts";
import { RequestError } from "./errors.ts";
import { EventLog } from "./event-log.ts";
import * as events from "./events.ts";
import type { InspectContext } from "./inspect-context.ts";
import { HealthServer, InspectServer } from "./inspect-server.ts";
import { makeLogger } from "./log.ts";
import { LoopLag } from "./loop-lag.ts";
import { MemoryReturn } from "./memory-return.ts";
import { ProblemList } from "./problem-list.ts";
import { PrometheusMetrics } from "./prometheus.ts";
import { RunDirectory } from "./run-directory.ts";

export interface DaemonOptions {
  readonly configFile: string;
  readonly runDirectory: string;
  readonly version: string;
  /** `-v`: text for people at level debug, whatever the file says. */
  readonly verbose: boolean;
  /** `--record`: a file for all that comes in. */
  readonly record?: string | undefined;
}

/** EX_SOFTWARE of sysexits.h. */
const exitCrashed = 70;

/**
 * Runs a daemon until SIGTERM or SIGINT; SIGHUP reads its file again. Prints `ready` on standard output when it is.
 * @returns once it has stopped
 * @throws ConfigError, AlreadyRunningError, RunDirectoryError, RecordingError, or what `start` threw: before anything runs, or after all of it was stopped
 */
export async function runDaemon<C extends DaemonConfig>(kind: DaemonKind<C>, options: DaemonOptions): Promise<void> {
  const config = kind.load(options.configFile);
  // Sockets and files of ours are nobody else's business.
  process.umask(0o077);
  const directory = new RunDirectory(options.runDirectory);
  await directory.claimFromPredecessor();
  try {
    await new DaemonRun(kind, options, config, directory).run();
  } finally {
    directory.release();
  }
}

/** One life of a daemon process. */
class DaemonRun<C extends DaemonConfig> {
  readonly #kind: DaemonKind<C>;
  readonly #options: DaemonOptions;
  readonly #directory: RunDirectory;
  readonly #log;
  readonly #journal: EventLog;
  readonly #metrics = new PrometheusMetrics();
  readonly #lag = new LoopLag();
  readonly #problems = new ProblemList(() => systemClock.wall());
  readonly #recorder: Recorder | undefined;
  readonly #daemon: Daemon<C>;
  readonly #inspect: InspectContext;
  #health: HealthServer | undefined;
  #config: C;
  #crashed = false;
  readonly #startedAt = systemClock.now();
  #phase: "starting" | "ready" | "stopping" = "starting";
  #reloading: Promise<unknown> = Promise.resolve();
  /** Problem codes that had a count at the last scrape: they need a zero when they are gone. */
  readonly #counted = new Set<string>();

  constructor(kind: DaemonKind<C>, options: DaemonOptions, config: C, directory: RunDirectory) {
    this.#kind = kind;
    this.#options = options;
    this.#config = config;
    this.#directory = directory;
    this.#log = makeLogger(options.verbose ? { level: "debug", format: "text" } : config.log);
    this.#journal = new EventLog(this.#log, () => systemClock.wall());
    const { record, version } = options;
    const watch = { clock: systemClock, journal: this.#journal, version };
    this.#recorder = record === undefined ? undefined : new Recorder({ ...watch, path: record }, { component: kind.component, config });
    this.#daemon = kind.build(config, {
      version: options.version,
      clock: systemClock,
      journal: this.#journal,
      metrics: this.#metrics,
      problems: this.#problems,
      runDirectory: directory,
      recorder: this.#recorder,
      fail: (error) => this.#crash(error),
    });
    this.#inspect = {
      component: kind.component,
      version: options.version,
      clock: systemClock,
      journal: this.#journal,
      metrics: this.#metrics,
      problems: this.#problems,
      provider: this.#daemon.inspect,
      phase: () => this.#phase,
      reload: () => this.#reload(),
    };
    this.#metrics.onScrape(() => this.#countProblems());
    this.#metrics.addHistogram(() => this.#lag.read());
  }

  async run(): Promise<void> {
    const startedAt = systemClock.now();
    const { component } = this.#kind;
    this.#journal.emit(events.daemonStarting, {
      component,
      version: this.#options.version,
      pid: process.pid,
      runDirectory: this.#directory.path,
    });
    const crash = (error: unknown): void => this.#crash(error);
    this.#lag.start();
    process.on("uncaughtException", crash);
    process.on("unhandledRejection", crash);
    const asked = signalsAsked(() => void this.#reload().catch(() => undefined));
    const server = new InspectServer(this.#directory.socket, this.#inspect);
    try {
      await server.start();
      this.#health = (await this.#serveHealth(this.#config)).health;
      const stopEarly = await Promise.race([asked.stop, this.#daemon.start().then(() => undefined)]);
      if (stopEarly === undefined) this.#ready(startedAt);
      const watchdog = this.#watchdog();
      const memory = new MemoryReturn(systemClock);
      await this.#stop(stopEarly ?? (await asked.stop));
      watchdog?.cancel();
      memory.stop();
    } catch (error) {
      if (this.#phase === "starting")
        this.#journal.emit(events.daemonNotStarted, { reason: error instanceof Error ? error.message : String(error) });
      await this.#stop("after a failure");
      throw error;
    } finally {
      await this.#health?.stop();
      await server.stop();
      asked.end();
      this.#lag.stop();
      process.off("uncaughtException", crash);
      process.off("unhandledRejection", crash);
    }
  }

  #ready(startedAt: number): void {
    this.#phase = "ready";
    this.#journal.emit(events.daemonReady, { milliseconds: Math.round(systemClock.now() - startedAt) });
    process.stdout.write("ready\n");
    this.#notify("READY=1");
    // Node writes its compile cache at exit; a daemon may be killed instead, and shall start fast all the same.
    flushCompileCache();
  }

  async #stop(cause: string): Promise<void> {
    const stopAt = systemClock.now();
    this.#phase = "stopping";
    this.#journal.emit(events.daemonStopping, { cause });
    this.#notify("STOPPING=1");
    this.#directory.leaving();
    await this.#reloading.catch(() => undefined);
    await this.#daemon.stop();
    this.#journal.emit(events.daemonStopped, { milliseconds: Math.round(systemClock.now() - stopAt) });
  }

  /** Reloads one after the other: a second one waits for the first. */
  #reload(): Promise<ReloadReply> {
    const next = this.#reloading.catch(() => undefined).then(() => this.#reloadNow());
    this.#reloading = next;
    return next;
  }

  async #reloadNow(): Promise<ReloadReply> {
    const file = this.#options.configFile;
    if (this.#phase !== "ready") throw new RequestError("WEFT_WRONG_STATE", `cannot reload while ${this.#phase}`);
    try {
      const config = this.#kind.load(file);
      const { health, changes: served } = await this.#serveHealth(config);
      const changes = await this.#daemon.reconfigure(config).catch(async (error: unknown) => {
        if (health !== this.#health) await health?.stop();
        throw error;
      });
      if (health !== this.#health) await this.#health?.stop();
      this.#health = health;
      const all = [...changes, ...served, ...this.#relog(config)];
      this.#config = config;
      this.#journal.emit(events.configReloaded, { file, changes: all.length });
      return { changes: all };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#journal.emit(events.configRefused, { file, reason });
      if (error instanceof ConfigError) throw new RequestError("WEFT_CONFIG_INVALID", reason, { cause: error });
      throw error;
    }
  }

  #relog({ log, metrics }: C): readonly string[] {
    const before = this.#config.log;
    const changes: string[] = [];
    if (metrics?.perPeer !== this.#config.metrics?.perPeer) changes.push(`series per peer: ${metrics?.perPeer}`);
    if (!this.#options.verbose && log.level !== before.level) {
      this.#log.level = log.level;
      changes.push(`log level ${before.level} becomes ${log.level}`);
    }
    if (log.format !== before.format) changes.push(`log format becomes ${log.format} at the next start`);
    return changes;
  }

  /** The server that a configuration wants: the running one when nothing differs. @throws MetricsListenError */
  async #serveHealth({ metrics }: C): Promise<{ readonly health: HealthServer | undefined; readonly changes: readonly string[] }> {
    const before = this.#health?.listen;
    const wanted = metrics?.listen;
    if (before?.address === wanted?.address && before?.port === wanted?.port) return { health: this.#health, changes: [] };
    if (wanted === undefined) return { health: undefined, changes: ["metrics over TCP end"] };
    const health = new HealthServer(wanted, this.#inspect);
    await health.start();
    return { health, changes: [`metrics are served at ${wanted.address} port ${wanted.port}`] };
  }

  #watchdog(): { cancel(): void } | undefined {
    // sd_watchdog_enabled(3): twice within the time that the service manager gives.
    const microseconds = Number(process.env["WATCHDOG_USEC"] ?? "");
    if (!(microseconds > 0)) return undefined;
    return systemClock.every(microseconds / 2_000, () => this.#notify("WATCHDOG=1"));
  }

  #notify(state: string): void {
    try {
      systemNotify(state, process.env["NOTIFY_SOCKET"]);
    } catch (error) {
      this.#journal.emit(events.notifyFailed, { reason: String(error) });
    }
  }

  #countProblems(): void {
    // Some problems are found by looking.
    this.#daemon.inspect.status();
    const counts = new Map([...this.#counted].map((code) => [code, 0]));
    for (const { code } of this.#problems.list()) counts.set(code, (counts.get(code) ?? 0) + 1);
    for (const [code, n] of counts) {
      this.#counted.add(code);
      this.#metrics.set(events.problemCount, { code }, n);
    }
    this.#metrics.set(events.readyGauge, {}, this.#phase === "ready" ? 1 : 0);
    this.#metrics.set(events.buildInfo, { version: this.#options.version, component: this.#kind.component }, 1);
  }

  /** Nothing is stopped in order: the kernel keeps forwarding, and a state that we do not understand must not be acted on. */
  #crash(error: unknown): void {
    if (this.#crashed) return;
    this.#crashed = true;
    // Metrics come by promises that wait for nothing: they are settled before the loop serves another timer or socket.
    setImmediate(() => process.exit(exitCrashed));
    const report = crashReport(error, this.#inspect, this.#config, this.#startedAt);
    this.#recorder?.end(`crashed: ${report.name}: ${report.message}`);
    this.#log.fatal({ event: "daemon.crashed", stack: report.stack }, `crashed: ${report.name}: ${report.message}`);
    const wall = systemClock.wall();
    try {
      const file = this.#directory.writeCrash(report, wall);
      this.#log.fatal({ event: "daemon.crash-report", file }, `the report is ${file}`);
    } catch (failure) {
      this.#log.fatal({ event: "daemon.crash-report-failed" }, `no report could be written: ${String(failure)}`);
    }
    void this.#metrics
      .text(true)
      .then((metrics) => this.#directory.writeCrash({ ...report, metrics }, wall))
      .catch(() => undefined)
      .finally(() => process.exit(exitCrashed));
  }
}

function signalsAsked(reload: () => void): { readonly stop: Promise<string>; end(): void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  process.on("SIGTERM", resolve);
  process.on("SIGINT", resolve);
  process.on("SIGHUP", reload);
  return {
    stop: promise,
    end() {
      process.off("SIGTERM", resolve);
      process.off("SIGINT", resolve);
      process.off("SIGHUP", reload);
    },
  };
}
