// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { controlPacketLength, decodeControlPacket, encodeControlPacket } from "../packet/control-packet.ts";
import type { Discard } from "../packet/discard.ts";
import type { SessionAction } from "../session/action.ts";
import type { SessionEvent } from "../session/event.ts";
import { newSession } from "../session/state.ts";
import { dueAt, step } from "../session/step.ts";
import type { Counts } from "./counts.ts";
import { DueQueue } from "./due-queue.ts";
import { LiveSession } from "./live-session.ts";
import type { Notice, SessionRow } from "./notice.ts";
import { type WantedSession, keyOf } from "./session-key.ts";

export interface EngineOptions {
  readonly counts: Counts;
  /** ms, monotonic. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /** A number from 1 to 2³²−1 that strangers cannot guess. */
  discriminator(): number;
  /** @returns whether the packet went out */
  send(key: string, packet: Uint8Array): boolean;
  tell(notice: Notice): void;
}

/** A UDP payload with what the kernel knows of it. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly source: Ip;
  /** The address that it was sent to. */
  readonly destination: Ip;
  /** TTL or Hop Limit that was left. */
  readonly ttl: number;
  /** Whether it came to the port for multihop paths. */
  readonly multihop: boolean;
}

/** RFC 5881 §5 (GTSM): what crossed a router cannot have this. */
const singleHopTtl = 255;
/** How often the last word of a session is said: nobody is left to repeat it later. */
const lastWords = 3;

/** All BFD sessions of a process: finds the session of a packet, runs the machines, keeps their time. Does no I/O of its own. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #byKey = new Map<string, LiveSession>();
  readonly #byDiscriminator = new Map<number, LiveSession>();
  readonly #due = new DueQueue<LiveSession>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Begins a session; one that is there already takes the new wishes. */
  want(wanted: WantedSession): void {
    const key = keyOf(wanted);
    const there = this.#byKey.get(key);
    if (there) {
      there.config = wanted.config;
      this.#run(there, { kind: "configure" });
      return;
    }
    const now = this.#options.now();
    const session = new LiveSession(key, wanted, newSession(this.#freeDiscriminator(), wanted.config, now), now);
    this.#byKey.set(key, session);
    this.#byDiscriminator.set(session.state.localDiscriminator, session);
    this.#plan(session);
  }

  /** Ends a session. The remote system is told that this is no failure — RFC 5880 §6.8.16. */
  forget(key: string): void {
    const session = this.#byKey.get(key);
    if (!session) return;
    this.#run(session, { kind: "disable" });
    if (session.state.remote !== undefined) for (let i = 1; i < lastWords; i++) this.#send(session, session.lastPacket!);
    this.#byKey.delete(key);
    this.#byDiscriminator.delete(session.state.localDiscriminator);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  get keys(): readonly string[] {
    return [...this.#byKey.keys()];
  }

  /** RFC 5880 §6.8.6, RFC 5881 §5, RFC 5883 §4. */
  receive(d: Datagram): void {
    const { counts } = this.#options;
    counts.received();
    if (!d.multihop && d.ttl !== singleHopTtl) {
      counts.discarded("low-ttl");
      return;
    }
    const decoded = decodeControlPacket(d.bytes);
    if ("discard" in decoded) {
      counts.discarded(decoded.discard);
      return;
    }
    const session = this.#sessionOf(d, decoded.packet.yourDiscriminator);
    if (typeof session === "string") {
      counts.discarded(session);
      return;
    }
    session.packetsIn++;
    this.#run(session, { kind: "packet", packet: decoded.packet });
  }

  /** The remote host answered a packet of this session with ICMP port unreachable. */
  refused(key: string): void {
    const session = this.#byKey.get(key);
    if (session) this.#run(session, { kind: "refused" });
  }

  /** When {@link runDue} is to be called, ms; Infinity: never. */
  get next(): number {
    return this.#due.next;
  }

  /** Entries of the queue. */
  get planned(): number {
    return this.#due.size;
  }

  /** Does what is due by now. */
  runDue(): void {
    const now = this.#options.now();
    for (let due = this.#due.take(now); due; due = this.#due.take(now)) {
      const session = due.item;
      if (session.planned !== due.at || this.#byKey.get(session.key) !== session) continue;
      session.planned = Infinity;
      if (dueAt(session.state) <= now) this.#run(session, { kind: "time" });
      else this.#plan(session);
    }
  }

  /** Nobody could listen for `ms` that are over now: no session takes that for silence. */
  absent(ms: number): void {
    for (const session of this.#byKey.values()) this.#run(session, { kind: "absent", ms });
  }

  rows(): SessionRow[] {
    const now = this.#options.now();
    return Array.from(this.#byKey.values(), (s) => s.row(now));
  }

  #freeDiscriminator(): number {
    for (;;) {
      const n = this.#options.discriminator();
      if (n !== 0 && !this.#byDiscriminator.has(n)) return n;
    }
  }

  #sessionOf(d: Datagram, yourDiscriminator: number): LiveSession | Discard {
    if (yourDiscriminator === 0)
      return this.#byKey.get(keyOf({ local: d.destination, peer: d.source, multihop: d.multihop })) ?? "unknown-peer";
    const session = this.#byDiscriminator.get(yourDiscriminator);
    if (!session) return "unknown-discriminator";
    // Whoever learned our discriminator, but is somewhere else, must not speak for the peer.
    const { local, peer, multihop } = session.endpoints;
    return d.source === peer && d.destination === local && d.multihop === multihop ? session : "foreign-address";
  }

  #run(session: LiveSession, event: SessionEvent): void {
    const now = this.#options.now();
    const before = session.state.state;
    const { state, actions } = step(session.state, event, session.config, now, this.#options.random());
    session.state = state;
    if (state.state !== before) session.stateSince = now;
    for (const action of actions) this.#perform(session, action);
    this.#plan(session);
  }

  #perform(session: LiveSession, action: SessionAction): void {
    const { key } = session;
    switch (action.kind) {
      case "send":
        this.#send(session, encodeControlPacket(action.packet));
        break;
      case "up":
        session.ups++;
        this.#options.tell({ kind: "up", key });
        break;
      case "down":
        session.downs++;
        session.lastDown = action.cause;
        this.#options.tell({ kind: "down", key, cause: action.cause, remoteDiagnostic: action.remoteDiagnostic, unheard: action.unheard });
        break;
      case "host-silent":
        this.#options.tell({ kind: "host-silent", key });
        break;
      case "discarded":
        this.#options.counts.discarded(action.rule);
        break;
    }
  }

  #send(session: LiveSession, packet: Uint8Array): void {
    session.lastPacket = packet;
    if (!this.#options.send(session.key, packet)) {
      this.#options.counts.unsent();
      return;
    }
    session.packetsOut++;
    this.#options.counts.sent();
  }

  /** Only what is due earlier than known before needs a new entry. */
  #plan(session: LiveSession): void {
    const at = dueAt(session.state);
    if (at >= session.planned) return;
    session.planned = at;
    this.#due.add(at, session);
  }
}

/** Longest datagram worth receiving whole: with the longest authentication section there is. */
export const longestDatagram = controlPacketLength + 256;
