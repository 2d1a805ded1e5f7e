// SPDX-License-Identifier: Apache-2.0
import { randomInt } from "node:crypto";
import { receiveMessageOnPort } from "node:worker_threads";
import { SystemCallError } from "../../base/sys/errors.ts";
import { Epoll } from "../../base/sys/epoll.ts";
import { libc } from "../../base/sys/libc.ts";
import { setThreadNice } from "../../base/sys/thread-priority.ts";
import { Counts } from "../engine/counts.ts";
import { Engine } from "../engine/engine.ts";
import { type WantedSession, keyOf } from "../engine/session-key.ts";
import type { Command, ThreadData, ThreadNotice } from "./messages.ts";
import { SessionSockets } from "./session-sockets.ts";

/** The process may end at any time, and then waits until this thread looks up, ms. */
const longestWait = 250;
/** A turn that is later than this, ms, was kept from running: by a busy host, or because the guest stood still. */
const latest = 50;
/** Before what else runs on a busy host: this thread sleeps nearly always, and is late at the cost of false alarms. */
const nice = -10;
const commandsPerTurn = 16;
/** Between attempts to make the sockets of a session, ms. */
const socketRetry = 1000;

/**
 * The loop of the BFD thread: waits in the kernel for packets, commands and the time that is next. It does not go through Node's
 * event loop, and nothing that the rest of the process does can hold it up.
 */
export class BfdThread {
  readonly #data: ThreadData;
  readonly #epoll = new Epoll();
  readonly #engine: Engine;
  readonly #sockets: SessionSockets;
  /** Sessions without sockets, with what was wrong when it was tried last. */
  readonly #homeless = new Map<string, { readonly session: WantedSession; readonly problem: string }>();
  #retryAt = Infinity;
  #stopping = false;
  #moreCommands = true;
  /** When the sockets were read last, ms. */
  #lookedAt = performance.now();

  constructor(data: ThreadData) {
    this.#data = data;
    const counts = new Counts(data.counts);
    this.#sockets = new SessionSockets(this.#epoll, data.namespace, {
      datagram: (d) => this.#engine.receive(d),
      refused: (key) => this.#engine.refused(key),
    });
    this.#engine = new Engine({
      counts,
      now: () => performance.now(),
      random: () => Math.random(),
      discriminator: () => randomInt(1, 2 ** 32),
      send: (key, packet) => this.#sockets.send(key, packet),
      tell: (notice) => this.#tell(notice),
    });
  }

  /** Returns when it was told to stop. */
  run(): void {
    const { wake } = this.#data;
    setThreadNice(nice);
    this.#epoll.add(wake);
    const drained = new Uint8Array(64);
    try {
      while (!this.#stopping) this.#turn(drained);
      for (const key of this.#engine.keys) this.#forget(key);
    } finally {
      // Descriptors belong to the process: after a fault of ours the next thread needs the same ports.
      this.#sockets.closeAll();
      this.#epoll.close();
      libc.close(wake);
      this.#data.port.close();
    }
  }

  #turn(drained: Uint8Array): void {
    const { wake } = this.#data;
    const wait = this.#moreCommands ? 0 : Math.min(this.#engine.next, this.#retryAt) - performance.now();
    const most = Math.max(0, Math.min(wait, longestWait));
    // What has arrived is read before anything is held to be missing: we may have been without a processor for long.
    const found = this.#epoll.wait(most);
    this.#wasAbsent(performance.now() - this.#lookedAt - most);
    for (const ready of found) {
      if (ready.fd !== wake) this.#sockets.ready(ready);
      else if (libc.recv(wake, drained, drained.length, 0) >= 0) this.#moreCommands = true;
    }
    if (this.#moreCommands) this.#obey();
    this.#engine.runDue();
    if (performance.now() >= this.#retryAt) this.#retry();
  }

  /** While a guest stands still its packets are lost, and its peers of the same machine may stand still with it. */
  #wasAbsent(ms: number): void {
    if (ms > latest) this.#engine.absent(ms);
    this.#lookedAt = performance.now();
  }

  /** A few commands: making the sockets of a thousand sessions at a stretch would be silence to those that are up. */
  #obey(): void {
    for (let i = 0; i < commandsPerTurn; i++) {
      const m = receiveMessageOnPort(this.#data.port);
      this.#moreCommands = m !== undefined;
      if (m === undefined) return;
      const command = m.message as Command;
      switch (command.kind) {
        case "want":
          this.#want(command.session);
          break;
        case "forget":
          this.#forget(command.key);
          break;
        case "rows":
          this.#tell({ kind: "rows", id: command.id, rows: this.#engine.rows() });
          break;
        case "stop":
          this.#stopping = true;
          break;
      }
    }
  }

  #want(session: WantedSession): void {
    if (!this.#engine.has(keyOf(session))) this.#open(session);
    this.#engine.want(session);
  }

  #forget(key: string): void {
    this.#engine.forget(key);
    this.#sockets.close(key);
    this.#homeless.delete(key);
  }

  #open(session: WantedSession): void {
    const key = keyOf(session);
    const before = this.#homeless.get(key)?.problem;
    try {
      this.#sockets.open(session);
      this.#homeless.delete(key);
      if (before !== undefined) this.#tell({ kind: "socket", key, problem: undefined });
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      this.#homeless.set(key, { session, problem: error.message });
      this.#retryAt = performance.now() + socketRetry;
      if (before !== error.message) this.#tell({ kind: "socket", key, problem: error.message });
    }
  }

  #retry(): void {
    this.#retryAt = Infinity;
    for (const { session } of this.#homeless.values()) this.#open(session);
  }

  #tell(notice: ThreadNotice): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a MessagePort knows no origins
    this.#data.port.postMessage(notice);
  }
}
