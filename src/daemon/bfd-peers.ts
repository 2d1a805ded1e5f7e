// SPDX-License-Identifier: Apache-2.0
import os from "node:os";
import { isDeepStrictEqual } from "node:util";
import type { Ip } from "../base/net/ip.ts";
import type { Clock } from "../base/run/clock.ts";
import type { Journal } from "../base/run/journal.ts";
import type { Metrics } from "../base/run/metrics.ts";
import { Bfd, downReason, type SessionDown } from "../bfd/bfd.ts";
import { keyOf, type WantedSession } from "../bfd/engine/session-key.ts";
import { isPathFailure } from "../bfd/session/action.ts";
import type { PerPeerMetrics } from "../bgp/speaker/peer-metrics.ts";
import type { Speaker } from "../bgp/speaker/speaker.ts";
import type { BfdRow, PeerRow } from "../contract/inspect.ts";
import { bfdSessionOf } from "./bfd-path.ts";
import type { ProblemList } from "./problem-list.ts";
import type { BfdProvider } from "./provider.ts";

export interface BfdPeersOptions {
  /** Asked only after the constructor has returned. */
  readonly speaker: () => Speaker;
  readonly localAsn: number;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly perPeerMetrics: () => PerPeerMetrics;
  readonly problems: ProblemList;
}

/**
 * BFD for the peers of a speaker — RFC 5882 §4, docs/adr/0009. A session of BFD begins with the first session of BGP and lasts until the
 * peer is no longer configured, is shut down, or left nothing behind.
 */
export class BfdPeers implements BfdProvider {
  readonly #options: BfdPeersOptions;
  readonly #bfd: Bfd;
  /** By peer. */
  readonly #watched = new Map<string, WantedSession>();

  constructor(options: BfdPeersOptions) {
    this.#options = options;
    const { clock, journal, metrics } = options;
    this.#bfd = new Bfd({
      clock,
      journal,
      metrics,
      hasSeries: (peer) => this.#hasSeries(peer),
      onDown: (down) => this.#down(down),
      onHostSilent: (key) => this.#hostSilent(key),
    });
  }

  /** Something about a peer may have changed: takes over what holds now. */
  look(peer: string): void {
    const path = this.#options.speaker().path(peer);
    const wanted = path && bfdSessionOf(path, this.#options.localAsn, () => os.networkInterfaces());
    const before = this.#watched.get(peer);
    if (isDeepStrictEqual(before, wanted)) return;
    if (before !== undefined && (wanted === undefined || keyOf(wanted) !== keyOf(before))) this.#bfd.forget(keyOf(before));
    if (wanted === undefined) this.#watched.delete(peer);
    else {
      this.#watched.set(peer, wanted);
      this.#bfd.want(wanted);
    }
  }

  /** The configuration changed. */
  lookAtAll(): void {
    for (const { address } of this.#options.speaker().peers()) this.look(address);
  }

  /** Peers are told that this is no failure: they keep our routes as the end of BGP says — RFC 5882 §4.3. */
  stop(): Promise<void> {
    this.#watched.clear();
    return this.#bfd.stop();
  }

  stateOf(peer: string): PeerRow["bfd"] {
    const wanted = this.#watched.get(peer);
    return wanted === undefined ? null : (this.#bfd.session(keyOf(wanted))?.state ?? "down");
  }

  async peers(): Promise<readonly BfdRow[]> {
    const inOrder = new Intl.Collator("en", { numeric: true }).compare;
    const rows = (await this.#bfd.rows()).map(({ key, ...row }): BfdRow => {
      const lastDown = row.lastDown === null ? null : downReason(row.lastDown);
      return { ...row, lastDown, problem: this.#bfd.session(key)?.problem ?? null };
    });
    return rows.toSorted((a, b) => inOrder(a.peer, b.peer));
  }

  /** What an operator should look at: BGP says that the peer is there, BFD does not. */
  findProblems(): void {
    const found = new Map<string, string>();
    for (const [peer, wanted] of this.#watched) {
      const session = this.#bfd.session(keyOf(wanted));
      if (session === undefined || session.state === "up" || this.#options.speaker().path(peer)?.establishedAt === undefined) continue;
      const never = "it was never up; is BFD on at the other end, and does it take this for the same kind of way?";
      const kind = wanted.multihop ? "multihop" : "single-hop";
      found.set(`peer ${peer}`, `BFD (${kind}, from ${wanted.local}) is down: ${session.problem ?? session.reason ?? never}`);
    }
    this.#options.problems.replace("WEFT_BFD_DOWN", found, "warning");
  }

  #hasSeries(peer: Ip): boolean {
    const which = this.#options.perPeerMetrics();
    return which === "all" || (which === "named" && this.#options.speaker().path(peer)?.settings.dynamic === false);
  }

  #down({ cause, key, reason, unheard }: SessionDown): void {
    const peer = this.#bfd.session(key)?.wanted.peer;
    if (peer === undefined || !isPathFailure(cause)) return;
    const speaker = this.#options.speaker();
    const since = speaker.path(peer)?.establishedAt;
    // A session of BGP that came up within the silence proves the way: the process at the other end is a new one.
    if (since !== undefined && cause === "silent" && since > this.#options.clock.now() - unheard) return;
    speaker.pathDown(peer, reason);
  }

  #hostSilent(key: string): void {
    const peer = this.#bfd.session(key)?.wanted.peer;
    if (peer !== undefined) this.#options.speaker().hostGone(peer);
  }
}
