// SPDX-License-Identifier: Apache-2.0
import type net from "node:net";
import { type Ip, parseIp } from "../../base/net/ip.ts";
import type { Timer } from "../../base/run/clock.ts";
import type { RibPeerStats } from "../rib/rib-stats.ts";
import { type PeerSlot, isHeld } from "../rib/types.ts";
import type { Action } from "../session/action.ts";
import { type DownCause, describeCause } from "../session/down-cause.ts";
import type { SessionEvent } from "../session/event.ts";
import type { Retained } from "../session/graceful-restart.ts";
import type { Negotiated } from "../session/negotiate.ts";
import { type Phase, type SessionState, initialState, phaseOf } from "../session/state.ts";
import { step } from "../session/step.ts";
import type { ConnectionId, TimerName } from "../session/timer-name.ts";
import type { Family } from "../wire/family.ts";
import { keepalive } from "../wire/keepalive.ts";
import { type Message, encodeMessage } from "../wire/message.ts";
import type { Notification } from "../wire/notification.ts";
import { Connection } from "./connection.ts";
import { type Abort, dial } from "./dial.ts";
import { SessionUnfitError, reasonOf } from "./errors.ts";
import { EstablishedSession } from "./established-session.ts";
import { attemptFailed, flaps, internalError, peerAttemptsFailed, sessionDown, sessionUp, staleSwept } from "./events.ts";
import { gtsmProof } from "./gtsm-proof.ts";
import { hopLimitsOf } from "./hop-limits.ts";
import { Inbox } from "./inbox.ts";
import type { PeerContext } from "./peer-context.ts";
import { addressText } from "./listener.ts";
import type { PeerPath } from "./peer-path.ts";
import type { PeerSettings } from "./peer-settings.ts";
import type { PeerState } from "./peer-state.ts";
import { sessionConfigOf } from "./session-config.ts";
import type { MonitoredSession } from "./session-monitor.ts";
import { StaleRoutes } from "./stale-routes.ts";
import { TimerTable } from "./timer-table.ts";
import { type Traffic, TrafficSum } from "./traffic.ts";

const anyContext = { fourOctetAs: true, peer: "unknown" } as const;

/** One peer: runs the session machine and does what it says, with sockets, timers and the RIB. */
export class Peer {
  settings: PeerSettings;
  readonly #context: PeerContext;
  readonly #timers: TimerTable<TimerName>;
  readonly #connections = new Map<ConnectionId, Connection>();
  readonly #inbox: Inbox;
  readonly #stale: StaleRoutes;
  #state: SessionState = initialState;
  #phaseSince: number;
  #queue: SessionEvent[] = [];
  #busy = false;
  #abortDial: Abort | undefined;
  #session: EstablishedSession | undefined;
  /** Where the routes are that the last session left. */
  #staleSlot: PeerSlot | undefined;
  /** Of the newest session. */
  #localAddress: Ip | undefined;
  /** Until it may come up again after too many routes. */
  #revival: Timer | undefined;
  #flaps = 0;
  #attemptsFailed = 0;
  #lastError: string | null = null;
  #lastErrorKind: DownCause["kind"] | null = null;
  /** Of connections and sessions that are over. */
  readonly #past = new TrafficSum();
  #pastUpdates = 0;
  #pastMalformed = 0;

  constructor(settings: PeerSettings, context: PeerContext) {
    this.settings = settings;
    this.#context = context;
    this.#phaseSince = context.clock.now();
    this.#timers = new TimerTable(context.clock, (timer) => this.handle({ kind: "timer", timer }));
    this.#inbox = new Inbox(context, {
      name: settings.address,
      handle: (event) => this.handle(event),
      session: () => this.#session,
      endOfRib: (family) => this.#endOfRib(family),
      refreshMark: (family, mark) => this.#refreshMark(family, mark),
      closed: (c, reason) => this.#closed(c, reason),
      overLimit: (n) => this.#overLimit(n),
    });
    this.#stale = new StaleRoutes(context.clock, {
      sweep: (family, why) => this.#sweep(family, why),
      depreference: (family) => this.#depreference(family),
      empty: () => this.leaveIfIdle(),
    });
  }

  get name(): string {
    return this.settings.address;
  }

  get phase(): Phase {
    return phaseOf(this.#state);
  }

  /** Since it is known. */
  get traffic(): Traffic {
    const sum = new TrafficSum().add(this.#past);
    for (const c of this.#connections.values()) sum.add(c);
    return sum;
  }

  get established(): boolean {
    return this.#session !== undefined;
  }

  get monitored(): MonitoredSession | undefined {
    return this.#session?.monitored;
  }

  /** Whether it has said who it is on some connection. */
  get identified(): boolean {
    return this.#state.connections.some((c) => c.negotiated !== undefined);
  }

  /** Other settings with which the session can go on. */
  changeSettings(settings: PeerSettings): void {
    const before = this.settings;
    this.settings = settings;
    const over = this.#session?.settingsChanged(before);
    if (over) this.#overLimit(over);
  }

  /** Runs the session machine. Events that arise while it runs wait their turn. */
  handle(event: SessionEvent): void {
    // Whoever starts or stops it decides about it anew.
    if (event.kind === "start" || event.kind === "stop") this.#revival?.cancel();
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      try {
        this.#step(next);
      } catch (error) {
        // A fault of our own with one peer must not reach the others.
        this.#context.journal.emit(internalError, { peer: this.name, error: reasonOf(error) });
      }
    }
    this.#busy = false;
    // A peer that only just came in has no connection yet.
    if (event.kind !== "start") this.leaveIfIdle();
  }

  /** The peer connected to us. */
  accept(socket: net.Socket): void {
    const proof = this.settings.ttlSecurity === undefined ? undefined : gtsmProof;
    this.handle({ kind: "accepted", connection: this.#adopt(socket, proof) });
  }

  /** Asks the peer for all its routes. @throws SessionUnfitError */
  refresh(): void {
    if (!this.#session) throw new SessionUnfitError(this.name, "the session is not established");
    this.#session.requestRefresh();
  }

  /** The way to the peer is broken: its session ends at once. */
  pathDown(why: string): void {
    this.handle({ kind: "path-down", why });
  }

  /** The host behind the routes that are kept for the peer is dead: what it announced for itself goes, as after its silence. */
  hostGone(): void {
    const keep = this.#context.config().gracefulRestart.keepWhenSilent ?? "reflected";
    if (this.#session || this.#stale.families.length === 0 || keep === "everything") return;
    const why = "its host answers no more";
    if (keep === "nothing") {
      this.#stale.sweepAll(why);
      return;
    }
    this.#context.rib.sweepOwn(this.name);
    this.#context.changed();
    this.#context.journal.emit(staleSwept, { peer: this.name, family: "l2vpn-evpn", why });
  }

  /** For whoever watches the way to the peer; undefined: there was no session yet, or there shall be none. */
  get path(): PeerPath | undefined {
    const { settings } = this;
    if (this.#localAddress === undefined || this.#state.admin === "down") return undefined;
    return { local: this.#localAddress, settings, establishedAt: this.#session && this.#phaseSince };
  }

  /** Ends everything at once, without a word; for a peer that is no longer wanted. */
  destroy(): void {
    this.#revival?.cancel();
    this.#timers.stopAll();
    this.#stale.clear();
    this.#context.rib.sweepStale(this.name);
    this.#context.changed();
  }

  /** A peer out of a range leaves nothing behind, unless it is to be kept down: then it must be known when it comes again. */
  leaveIfIdle(): void {
    if (!this.settings.dynamic || this.#state.admin === "down") return;
    if (this.#connections.size > 0 || this.#stale.families.length > 0) return;
    this.#timers.stopAll();
    this.#context.idle(this.name);
  }

  state(): PeerState {
    const { settings } = this;
    const session = this.#session;
    const negotiated = session?.negotiated;
    const slot = session?.slot ?? (this.#stale.families.length > 0 ? this.#staleSlot : undefined);
    const stats = slot === undefined ? undefined : this.#context.rib.peerStats(slot);
    const { messagesIn, messagesOut, octetsIn, octetsOut } = this.traffic;
    let queued = 0;
    for (const c of this.#connections.values()) queued += c.queued;
    const configured = typeof settings.asn === "number" ? settings.asn : 0;
    const asn = negotiated?.peerAsn ?? configured;
    return {
      address: settings.address,
      description: settings.description ?? null,
      asn,
      role: settings.client ? "client" : asn === this.#context.config().asn ? "non-client" : "ebgp",
      dynamic: settings.dynamic,
      admin: this.#state.admin,
      phase: phaseOf(this.#state),
      since: (this.#context.clock.now() - this.#phaseSince) / 1000,
      routerId: negotiated?.peerRouterId ?? null,
      hostname: negotiated?.hostname ?? null,
      families: negotiated?.families ?? settings.families,
      holdTime: negotiated?.holdTime ?? null,
      received: stats?.received ?? 0,
      sent: stats?.sent ?? 0,
      dropped: stats ? dropsOf(stats) : {},
      refused: stats?.refused ?? [],
      keptBack: stats?.keptBack ?? [],
      addPath: negotiated?.addPath ?? null,
      withheld: stats?.withheld ?? 0,
      memberships: stats?.memberships ?? 0,
      maximumRoutes: settings.maximumPrefix?.limit ?? null,
      stale: this.#stale.families,
      messagesIn,
      messagesOut,
      octetsIn,
      octetsOut,
      updatesIn: this.#pastUpdates + (session === undefined ? 0 : (stats?.updatesIn ?? 0)),
      malformed: this.#pastMalformed + (session?.malformed ?? 0),
      flaps: this.#flaps,
      lastError: this.#lastError,
      lastErrorKind: this.#lastErrorKind,
      lagging: stats?.missed ?? 0,
      queued,
    };
  }

  /** Too many routes: down until an operator enables it, or for the time that its settings say. */
  #overLimit(n: Notification): void {
    this.handle({ kind: "reset", notification: n, again: "when-started" });
    const { restart } = this.settings.maximumPrefix ?? {};
    this.#revival?.cancel();
    if (restart === undefined) return;
    this.#revival = this.#context.clock.after(restart * 1000, () => {
      this.handle({ kind: "start" });
      this.leaveIfIdle();
    });
  }

  #step(event: SessionEvent): void {
    const before = phaseOf(this.#state);
    const config = sessionConfigOf(this.#context.config(), this.settings, this.#context.restarting());
    const { state, actions } = step(this.#state, event, config);
    this.#state = state;
    if (phaseOf(state) !== before) this.#phaseSince = this.#context.clock.now();
    for (const action of actions) this.#perform(action);
  }

  #perform(a: Action): void {
    switch (a.kind) {
      case "connect":
        this.#dial();
        break;
      case "abort-connect":
        this.#abortDial?.();
        this.#abortDial = undefined;
        break;
      case "send-open":
        this.#send(a.connection, a.open);
        break;
      case "send-keepalive":
        this.#send(a.connection, keepalive);
        break;
      case "send-notification":
        this.#send(a.connection, a.notification);
        break;
      case "close":
        this.#forget(a.connection)?.close();
        break;
      case "start-timer":
        this.#timers.start(a.timer, a.jitter ? a.ms * (1 - Math.random() / 4) : a.ms);
        break;
      case "stop-timer":
        this.#timers.stop(a.timer);
        break;
      case "established":
        this.#established(a.connection, a.negotiated);
        break;
      case "down":
        this.#down(a.cause, a.retain);
        break;
      case "attempt-failed":
        this.#attemptFailed(a.cause);
        break;
    }
  }

  #dial(): void {
    const { settings } = this;
    const { asn, namespace } = this.#context.config();
    this.#abortDial = dial(
      settings.address,
      settings.port,
      { ...hopLimitsOf(settings, asn), namespace, source: settings.localAddress, password: settings.password },
      (socket) => {
        this.#abortDial = undefined;
        this.handle({ kind: "connected", connection: this.#adopt(socket) });
      },
      (reason) => {
        this.#abortDial = undefined;
        this.handle({ kind: "connect-failed", reason });
      },
    );
  }

  #adopt(socket: net.Socket, proof?: typeof gtsmProof): ConnectionId {
    const c = new Connection(this.#context.nextConnection(), socket, this.#context.clock, this.#inbox, proof);
    this.#connections.set(c.id, c);
    this.#context.sockets.add(c);
    return c.id;
  }

  #forget(id: ConnectionId): Connection | undefined {
    const c = this.#connections.get(id);
    if (!c) return undefined;
    this.#connections.delete(id);
    this.#past.add(c);
    return c;
  }

  #send(id: ConnectionId, message: Message): void {
    const c = this.#connections.get(id);
    const bytes = encodeMessage(message, anyContext);
    if (c && message.kind === "open") c.sentOpen = bytes;
    c?.write(bytes, 1);
  }

  #closed(c: Connection, reason: string): void {
    this.#forget(c.id);
    this.handle({ kind: "closed", connection: c.id, reason });
  }

  #established(id: ConnectionId, negotiated: Negotiated): void {
    const connection = this.#connections.get(id)!;
    this.#localAddress = parseIp(addressText(connection.localAddress));
    this.#session = new EstablishedSession(connection, negotiated, () => this.settings, this.#context);
    const { peerAsn: asn, holdTime, hostname } = negotiated;
    const families = negotiated.families.join(", ");
    this.#context.journal.emit(sessionUp, { peer: this.name, asn, families, holdTime, hostname: hostname ?? null });
    this.#attemptsFailed = 0;
    this.#stale.sessionUp(negotiated, this.#context.config().gracefulRestart.stalePathTime);
    this.#context.sessionUp(this.name, negotiated);
    this.#context.monitor?.up(this.#session.monitored);
  }

  #down(cause: DownCause, retain: Retained | undefined): void {
    const session = this.#session!;
    this.#session = undefined;
    this.#pastMalformed += session.malformed;
    this.#pastUpdates += this.#context.rib.peerStats(session.slot)?.updatesIn ?? 0;
    this.#flaps++;
    this.#lastError = describeCause(cause);
    this.#lastErrorKind = cause.kind;
    this.#context.monitor?.down(session.monitored, cause);
    this.#staleSlot = session.slot;
    session.end(retain, this.#stale.outliveRestart("l2vpn-evpn"));
    if (retain) this.#stale.begin(retain);
    else this.#stale.clear();
    const seconds = Math.round((this.#context.clock.now() - this.#phaseSince) / 1000);
    const which = retain?.reflectedOnly ? ", those that it passed on for others" : "";
    const kept = retain?.families.map((f) => `${f.family}${which}, for ${f.restartTime + f.staleTime} s`);
    const retained = kept?.join("; ") ?? null;
    this.#context.journal.emit(sessionDown, { peer: this.name, reason: this.#lastError, retained, seconds });
    this.#context.metrics.add(flaps, {});
    this.#context.sessionDown(this.name);
  }

  #attemptFailed(cause: DownCause): void {
    this.#attemptsFailed++;
    const reason = describeCause(cause);
    const again = reason === this.#lastError;
    this.#lastError = reason;
    this.#lastErrorKind = cause.kind;
    // Who knocks out of a range may have any of its addresses: a series and an event for each would be without bound.
    const { dynamic } = this.settings;
    const who = dynamic ? "dynamic" : this.name;
    this.#context.metrics.add(peerAttemptsFailed, { peer: who });
    const emit = (): void => this.#context.journal.emit(attemptFailed, { peer: this.name, reason, attempts: this.#attemptsFailed });
    // A peer that stays away for a day is news once, and then now and again.
    if (again || dynamic) this.#context.limit.offer(`attempt ${who}`, emit);
    else emit();
  }

  #endOfRib(family: Family): void {
    this.#stale.endOfRib(family);
    this.#context.endOfRib(this.name, family);
  }

  #refreshMark(family: Family, mark: "begin" | "end"): void {
    if (mark === "begin") this.#stale.refreshBegins(family, this.#context.config().gracefulRestart.stalePathTime);
    else this.#stale.refreshEnds(family);
  }

  #sweep(family: Family, why: string): void {
    if (isHeld(family)) this.#context.rib.sweepStale(this.name, family);
    this.#context.changed();
    this.#context.journal.emit(staleSwept, { peer: this.name, family, why });
  }

  #depreference(family: Family): void {
    if (family === "l2vpn-evpn") this.#context.rib.markLongLivedStale(this.name);
    this.#context.changed();
  }
}

function dropsOf(stats: RibPeerStats): PeerState["dropped"] {
  return {
    "as-loop": stats.asLoops,
    "originator-loop": stats.originatorLoops,
    "cluster-loop": stats.clusterLoops,
    "malformed-attribute": stats.treatedAsWithdraw,
    "malformed-route": stats.malformedNlri,
    "other-family": stats.otherFamilies,
  };
}
