// SPDX-License-Identifier: Apache-2.0
import type net from "node:net";
import type { Ip } from "../../base/net/ip.ts";
import type { Clock } from "../../base/run/clock.ts";
import type { Component } from "../../base/run/component.ts";
import type { Journal } from "../../base/run/journal.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import { Rib } from "../rib/rib.ts";
import type { RibMonitor } from "../rib/monitor.ts";
import type { RibTap } from "../rib/tap.ts";
import type { Phase } from "../session/state.ts";
import { cease, ceaseSubcode } from "../wire/cease.ts";
import { Admission } from "./admission.ts";
import type { SpeakerConfig } from "./config.ts";
import type { Connection } from "./connection.ts";
import { DropWatch } from "./drop-watch.ts";
import { NeedsRestartError } from "./errors.ts";
import { convergenceTime } from "./events.ts";
import { EventLimit } from "./event-limit.ts";
import { ListenerSet } from "./listener-set.ts";
import { parted } from "./parting.ts";
import type { PeerContext } from "./peer-context.ts";
import { collectTotals, PeerMetrics, type PerPeerMetrics } from "./peer-metrics.ts";
import type { PeerPath } from "./peer-path.ts";
import type { PeerState } from "./peer-state.ts";
import { PeerTable } from "./peer-table.ts";
import { RibTurn } from "./rib-turn.ts";
import { SelectionDeferral } from "./selection-deferral.ts";
import { identifierOf } from "./session-config.ts";
import type { MonitoredSession, SessionMonitor } from "./session-monitor.ts";
import { SlotOutput } from "./slot-output.ts";

export interface SpeakerOptions {
  readonly config: SpeakerConfig;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
  /** A process before us served the same peers and they may still have its routes: ask for theirs before we are believed (RFC 4724 §4.1). */
  readonly restarting?: boolean;
  /** Absent: all. */
  readonly perPeerMetrics?: () => PerPeerMetrics;
  /** For a recording. */
  readonly ribTap?: RibTap | undefined;
  /** The first exchange of routes is over: every configured peer sent its End-of-RIB, or was waited for long enough. */
  readonly onConverged?: () => void;
  /** What {@link Speaker.path} says of a peer may be another thing now: its session came, went, or it is gone. */
  readonly onPeer?: (peer: string) => void;
}

/** `shutdown` takes our routes back everywhere; `restart` closes without a word, and peers keep them for the restart time. */
export type StopKind = "shutdown" | "restart";

/** Speaks BGP with all peers of one configuration. */
export class Speaker implements Component {
  /** All routes. Whoever puts some in calls {@link changed} afterwards. */
  readonly rib: Rib;
  readonly #options: SpeakerOptions;
  readonly #context: PeerContext;
  readonly #peers: PeerTable;
  readonly #admission: Admission;
  readonly #deferral: SelectionDeferral;
  readonly #turn: RibTurn;
  readonly #listeners: ListenerSet;
  readonly #drops: DropWatch;
  #config: SpeakerConfig;
  #running = false;
  #startedAt = 0;
  /** The initial routes are complete. */
  #settled = false;

  constructor(options: SpeakerOptions) {
    const { config, journal, metrics } = options;
    this.#options = options;
    this.#config = config;
    const output = new SlotOutput();
    this.rib = ribOf(options, output);
    this.#turn = new RibTurn(this.rib, output);
    this.#context = this.#contextWith(output);
    this.#peers = new PeerTable(this.#context, (peer) => this.#forget(peer));
    this.#admission = new Admission(this.#context, this.#peers);
    this.#deferral = new SelectionDeferral(this.#context, this.#peers, options.restarting === true, () => this.#converged());
    this.#drops = new DropWatch(this.#context);
    this.#listeners = new ListenerSet(journal, (socket) => this.#accept(socket));
    metrics.onScrape(() => {
      this.#drops.look();
      collectTotals(metrics, this.rib, this.#peers);
    });
    metrics.addSource(new PeerMetrics(this.#peers, options.clock, options.perPeerMetrics ?? (() => "all")));
  }

  /** @throws ListenError */
  async start(): Promise<void> {
    await this.#listeners.apply(this.#config);
    this.#running = true;
    this.#startedAt = this.#options.clock.now();
    this.#drops.start();
    this.#deferral.start();
    this.#peers.addNamed(this.#config);
  }

  /** @param text sent with a shutdown, for the operators at the other end — RFC 9003 */
  async stop(kind: StopKind = "restart", text?: string): Promise<void> {
    this.#running = false;
    this.#drops.stop();
    this.#deferral.stop();
    this.#peers.stop(kind, text);
    await this.#listeners.stop();
    await parted(this.#context.sockets, this.#context.clock);
    this.#turn.stop();
  }

  /** Routes were put into {@link rib}, or taken out: they go to the peers at the end of this turn of the loop. */
  changed(): void {
    this.#turn.schedule();
  }

  /** Where peers can connect; with the port that the kernel chose where 0 was configured. */
  get listening(): readonly { readonly address: Ip; readonly port: number }[] {
    return this.#listeners.endpoints;
  }

  peers(): PeerState[] {
    return [...this.eachPeer()];
  }

  /** One after the other, each as it is when its turn comes; they may come and go meanwhile. */
  *eachPeer(): Generator<PeerState> {
    for (const peer of this.#peers) yield peer.state();
  }

  /** Those that the configuration names. */
  *namedPeers(): Generator<PeerState> {
    for (const peer of this.#peers) if (!peer.settings.dynamic) yield peer.state();
  }

  /** Told what sessions and routes do from now on; undefined: nobody. */
  watch(monitor: (SessionMonitor & RibMonitor) | undefined, what: { readonly paths: boolean; readonly sent: boolean }): void {
    this.#context.monitor = monitor;
    this.#context.output.monitor = what.sent ? monitor : undefined;
    this.rib.watch(monitor, what);
  }

  /** Sessions that are established now. */
  *sessions(): Generator<MonitoredSession> {
    for (const peer of this.#peers) if (peer.monitored) yield peer.monitored;
  }

  hasPeer(name: string): boolean {
    return this.#peers.get(name) !== undefined;
  }

  /** Counts without a look at each peer's routes. */
  peerCounts(): { readonly total: number; readonly dynamic: number; readonly byState: ReadonlyMap<Phase, number> } {
    const byState = new Map<Phase, number>();
    let [total, dynamic] = [0, 0];
    for (const peer of this.#peers) {
      total++;
      if (peer.settings.dynamic) dynamic++;
      byState.set(peer.phase, (byState.get(peer.phase) ?? 0) + 1);
    }
    return { total, dynamic, byState };
  }

  /** Asks a peer for all its routes again. @throws UnknownPeerError or SessionUnfitError */
  refresh(peer: string): void {
    this.#peers.find(peer).refresh();
  }

  /** Keeps a peer down until {@link enable}. @throws UnknownPeerError */
  shutdown(peer: string, text?: string): void {
    this.#peers.shutdown(this.#peers.find(peer), text);
  }

  /** Takes back a shutdown, or the wait after errors or too many prefixes. @throws UnknownPeerError */
  enable(peer: string): void {
    this.#peers.enable(this.#peers.find(peer));
  }

  /** The way to a peer, for BFD to watch; undefined for one that is unknown, kept down, or had no session yet. */
  path(peer: string): PeerPath | undefined {
    return this.#peers.get(peer)?.path;
  }

  /** BFD says that the way to a peer is broken: an established session ends at once, with Cease/BFD Down — RFC 5882 §4.2, RFC 9384. */
  pathDown(peer: string, why: string): void {
    this.#peers.get(peer)?.pathDown(why);
  }

  /** The host of a peer whose session ended is dead, too: nothing of its own is kept for a restart any longer. */
  hostGone(peer: string): void {
    this.#peers.get(peer)?.hostGone();
  }

  /** Ends a peer's session and begins it anew. @throws UnknownPeerError */
  reset(peer: string): void {
    const n = cease(ceaseSubcode.administrativeReset);
    this.#peers.find(peer).handle({ kind: "reset", notification: n, again: "soon" });
  }

  /**
   * Takes a new configuration: only sessions whose own settings changed are begun anew.
   * @throws NeedsRestartError (nothing was changed) or ListenError (the rest was)
   */
  async reload(config: SpeakerConfig): Promise<void> {
    const fixed = ["asn", "routerId", "namespace", "reflector"] as const;
    const changed = fixed.filter((key) => JSON.stringify(config[key]) !== JSON.stringify(this.#config[key]));
    if (changed.length > 0) throw new NeedsRestartError(changed);
    const before = this.#config;
    this.#config = config;
    const listeners = this.#listeners.apply(config);
    this.#peers.reload(before);
    await listeners;
  }

  #contextWith(output: SlotOutput): PeerContext {
    const { clock, journal, metrics } = this.#options;
    let connections = 0;
    return {
      clock,
      journal,
      metrics,
      output,
      rib: this.rib,
      limit: new EventLimit(clock),
      monitor: undefined,
      sockets: new Set<Connection>(),
      config: () => this.#config,
      restarting: () => this.#deferral.restarting,
      nextConnection: () => ++connections,
      changed: () => this.changed(),
      took: (c, octets) => this.#turn.took(c, octets),
      sessionUp: (peer, negotiated) => {
        this.#admission.noStranger(peer);
        this.#deferral.sessionUp(peer, negotiated);
        this.#options.onPeer?.(peer);
      },
      sessionDown: (peer) => {
        this.#deferral.sessionDown(peer);
        if (this.#running && this.#config.reflector) this.#deferral.perhapsCutOff();
        this.#options.onPeer?.(peer);
      },
      endOfRib: (peer, family) => this.#deferral.endOfRib(peer, family),
      idle: (peer) => {
        this.#peers.forget(peer);
        this.#admission.noStranger(peer);
        this.#options.onPeer?.(peer);
      },
    };
  }

  /** Of a peer that was taken out or shut down. */
  #forget(peer: string): void {
    if (!this.#peers.get(peer)) this.#admission.noStranger(peer);
    this.#deferral.forget(peer);
    this.#options.onPeer?.(peer);
  }

  #accept(socket: net.Socket): void {
    // Until somebody takes it: a reset at this moment must not end the process.
    socket.on("error", () => {});
    if (this.#running) this.#admission.accept(socket);
    else socket.destroy();
  }

  #converged(): void {
    if (!this.#settled) this.#options.metrics.set(convergenceTime, {}, (this.#options.clock.now() - this.#startedAt) / 1000);
    this.#settled = true;
    // The last routes before the End-of-RIB are still in the RIB's own turn: whoever acts on this must have seen them.
    this.#turn.whenFlushed(() => {
      this.#options.onConverged?.();
      // What that put into the RIB goes out before peers are told that this is all.
      this.#turn.whenFlushed(() => {
        this.#context.output.releaseEndOfRib();
        if (this.#config.reflector) this.rib.askForAll(false);
        this.changed();
      });
    });
  }
}

function ribOf({ config, ribTap }: SpeakerOptions, output: SlotOutput): Rib {
  const clusterId = config.reflector && identifierOf(config.reflector.clusterId);
  return new Rib({
    asn: config.asn,
    routerId: identifierOf(config.routerId),
    output,
    ...(clusterId !== undefined && { clusterId }),
    ...(ribTap && { tap: ribTap }),
  });
}
