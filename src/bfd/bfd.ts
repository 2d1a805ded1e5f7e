// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Ip } from "../base/net/ip.ts";
import type { Clock, Timer } from "../base/run/clock.ts";
import type { Journal } from "../base/run/journal.ts";
import type { Metrics } from "../base/run/metrics.ts";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, check, libc } from "../base/sys/libc.ts";
import { Counts } from "./engine/counts.ts";
import type { SessionRow } from "./engine/notice.ts";
import { type WantedSession, keyOf } from "./engine/session-key.ts";
import * as events from "./events.ts";
import type { BfdState } from "./packet/control-packet.ts";
import { diagnosticName } from "./packet/diagnostic.ts";
import type { DownCause } from "./session/action.ts";
import type { Command, ThreadData, ThreadNotice } from "./thread/messages.ts";

export interface BfdOptions {
  /** Path of the network namespace in which the sockets live; absent: the process's own. */
  readonly namespace?: string | undefined;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
  /** Whether a peer has a series of its own; absent: every one. */
  hasSeries?(peer: Ip): boolean;
  /** A session left Up. */
  onDown(down: SessionDown): void;
  /** A host whose process had ended while it went on answering stopped to do so. */
  onHostSilent(key: string): void;
}

export interface SessionDown {
  readonly key: string;
  readonly cause: DownCause;
  /** In words. */
  readonly reason: string;
  /** How long nothing had been heard, ms. */
  readonly unheard: number;
}

/** What is known of a session without asking the thread. */
export interface KnownSession {
  readonly wanted: WantedSession;
  readonly state: Extract<BfdState, "up" | "down">;
  /** Whether it ever was up. */
  readonly everUp: boolean;
  /** Why it went down; undefined while it is up, or never was. */
  readonly reason: string | undefined;
  /** Why there is no socket for it. */
  readonly problem: string | undefined;
}

/** Memory of the thread's heap, MiB: a thousand sessions need a fraction of it. */
const limits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 } as const;
/** ms */
const restartAfter = 1000;

const reasons: Readonly<Record<DownCause, string>> = {
  silent: "nothing was heard for the detection time",
  refused: "its BFD process ended; the host itself answers",
  "neighbor-signaled": "the peer does not hear us",
  "neighbor-restarted": "the peer's BFD began anew",
  "neighbor-admin-down": "shut down by the peer",
  "admin-down": "shut down here",
};

/** For people. */
export function downReason(cause: DownCause): string {
  return reasons[cause];
}

/**
 * BFD sessions, kept by a thread of their own: it alone sends and judges, and tells of what changed. The thread starts with the
 * first session that somebody wants.
 */
export class Bfd {
  readonly #options: BfdOptions;
  readonly #sessions = new Map<string, KnownSession>();
  readonly #counts = new Counts();
  readonly #asked = new Map<number, (rows: readonly SessionRow[]) => void>();
  #question = 0;
  #thread: { readonly worker: Worker; readonly port: MessagePort; readonly wake: number; readonly ended: Promise<void> } | undefined;
  #restart: Timer | undefined;
  #stopped = false;

  constructor(options: BfdOptions) {
    this.#options = options;
    options.metrics.onScrape(() => this.#collect());
  }

  /** Begins a session, or hands new wishes to one that is there. */
  want(wanted: WantedSession): void {
    if (this.#stopped) return;
    const key = keyOf(wanted);
    const there = this.#sessions.get(key);
    const fresh = { state: "down", everUp: false, reason: undefined, problem: undefined } as const;
    this.#sessions.set(key, { ...(there ?? fresh), wanted });
    if (this.#thread === undefined && this.#restart === undefined) this.#start();
    else this.#command({ kind: "want", session: wanted });
  }

  /** Ends a session; the peer is told that this is no failure. */
  forget(key: string): void {
    if (this.#sessions.delete(key)) this.#command({ kind: "forget", key });
  }

  session(key: string): KnownSession | undefined {
    return this.#sessions.get(key);
  }

  get sessions(): ReadonlyMap<string, KnownSession> {
    return this.#sessions;
  }

  /** Everything about every session. */
  async rows(): Promise<readonly SessionRow[]> {
    if (this.#thread === undefined) return [];
    const id = this.#question++;
    const { promise, resolve } = Promise.withResolvers<readonly SessionRow[]>();
    this.#asked.set(id, resolve);
    this.#command({ kind: "rows", id });
    return await promise;
  }

  /** Peers are told that this is no failure. May be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#restart?.cancel();
    this.#sessions.clear();
    if (this.#thread === undefined) return;
    this.#command({ kind: "stop" });
    await this.#thread.ended;
  }

  #start(): void {
    this.#restart = undefined;
    const pair = [0, 0];
    check(libc.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), "socketpair");
    const [wake, woken] = pair as [number, number];
    const { port1: port, port2 } = new MessageChannel();
    const workerData: ThreadData = { port: port2, wake: woken, counts: this.#counts.memory, namespace: this.#options.namespace };
    const file = new URL(`./thread/main${path.extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(file, { workerData, transferList: [port2], resourceLimits: limits, name: "bfd" });
    port.on("message", (notice: ThreadNotice) => this.#noticed(notice));
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    worker.on("error", (error) => this.#options.journal.emit(events.threadEnded, { error: String(error) }));
    worker.on("exit", () => {
      this.#ended(wake, port);
      resolve();
    });
    this.#thread = { worker, port, wake, ended };
    for (const { wanted } of this.#sessions.values()) this.#command({ kind: "want", session: wanted });
  }

  #ended(wake: number, port: MessagePort): void {
    this.#thread = undefined;
    libc.close(wake);
    port.close();
    for (const answer of this.#asked.values()) answer([]);
    this.#asked.clear();
    if (this.#stopped) return;
    for (const [key, s] of this.#sessions) this.#sessions.set(key, { ...s, state: "down", reason: "the BFD thread begins anew" });
    this.#restart = this.#options.clock.after(restartAfter, () => this.#start());
  }

  #command(command: Command): void {
    if (this.#thread === undefined) return;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort knows no origins
    this.#thread.port.postMessage(command);
    libc.send(this.#thread.wake, Uint8Array.of(1), 1, 0);
  }

  #noticed(notice: ThreadNotice): void {
    if (notice.kind === "rows") {
      this.#asked.get(notice.id)?.(notice.rows);
      this.#asked.delete(notice.id);
      return;
    }
    const { key } = notice;
    const s = this.#sessions.get(key);
    // It may have been given up while the notice was on its way.
    if (s === undefined) return;
    const { journal, metrics } = this.#options;
    const { local, multihop, peer } = s.wanted;
    if (notice.kind === "up") {
      this.#sessions.set(key, { ...s, state: "up", everUp: true, reason: undefined });
      journal.emit(events.sessionUp, { peer, local, hops: multihop ? "multihop" : "single-hop" });
      metrics.add(events.transitions, { to: "up" });
    } else if (notice.kind === "down") {
      const { cause } = notice;
      const said = cause === "neighbor-signaled" && notice.remoteDiagnostic > 0 ? ` (${diagnosticName(notice.remoteDiagnostic)})` : "";
      const reason = `${downReason(cause)}${said}`;
      this.#sessions.set(key, { ...s, state: "down", reason });
      journal.emit(events.sessionDown, { peer, local, cause, reason });
      metrics.add(events.transitions, { to: cause });
      this.#options.onDown({ key, cause, reason, unheard: notice.unheard });
    } else if (notice.kind === "host-silent") {
      // A host that never spoke BFD would be news again and again.
      if (s.everUp) journal.emit(events.hostSilent, { peer, local });
      this.#options.onHostSilent(key);
    } else {
      this.#sessions.set(key, { ...s, problem: notice.problem });
      if (notice.problem !== undefined) journal.emit(events.socketProblem, { peer, local, problem: notice.problem });
    }
  }

  #collect(): void {
    const { metrics } = this.#options;
    metrics.clear(events.sessionIsUp);
    const count = { up: 0, down: 0 };
    for (const { state, wanted } of this.#sessions.values()) {
      count[state]++;
      const { peer } = wanted;
      if (this.#options.hasSeries?.(peer) !== false) metrics.set(events.sessionIsUp, { peer }, state === "up" ? 1 : 0);
    }
    for (const state of ["up", "down"] as const) metrics.set(events.sessionCount, { state }, count[state]);
    if (this.#sessions.size === 0 && this.#thread === undefined) return;
    const { discards, received, sent, unsent } = this.#counts.read();
    metrics.set(events.packets, { direction: "in" }, received);
    metrics.set(events.packets, { direction: "out" }, sent);
    metrics.set(events.packets, { direction: "unsent" }, unsent);
    for (const [rule, n] of discards) metrics.set(events.discarded, { rule }, n);
  }
}
