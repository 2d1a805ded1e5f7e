// SPDX-License-Identifier: Apache-2.0
import { endOfRibMessage } from "../../bgp/rib/markers.ts";
import type { RouteEntry } from "../../bgp/rib/route-query.ts";
import type { RecordId } from "../../bgp/rib/record.ts";
import type { PeerSlot } from "../../bgp/rib/types.ts";
import type { MonitoredSession } from "../../bgp/speaker/session-monitor.ts";
import type { Speaker } from "../../bgp/speaker/speaker.ts";
import type { Clock } from "../../base/run/clock.ts";
import type { BmpMessage } from "../wire/message.ts";
import type { UpdatePacker } from "../wire/update-packer.ts";
import { ChangeRing } from "./change-ring.ts";
import type { MonitoredTable } from "./config.ts";
import { locRibHeader, locRibStatistics, locRibUp, sessionStatistics } from "./peer-messages.ts";
import { SessionFeeds, TableFeed } from "./table-feed.ts";

/** Changed routes that may wait: 8 octets each. */
const ringSize = 1 << 20;
/** Routes of one step of a dump. */
const stride = 32;
const family = "l2vpn-evpn";
const endOfRib = endOfRibMessage(family);
/** Stands in the ring for the End-of-RIB of a peer: no route has this name. */
const endOfRibRecord: RecordId = 0;
const wholeTable: PeerSlot = 0;

export interface ViewContext {
  readonly speaker: Speaker;
  readonly clock: Clock;
  readonly asn: number;
  readonly identifier: number;
}

export interface ViewOutput {
  octets(bytes: Uint8Array): void;
  message(message: BmpMessage): void;
  /** Announces the sessions there are, one between two `yield`s. */
  introduce(): Iterable<void>;
}

/** What a connected station has been told and has yet to be told. */
export class StationView {
  readonly #context: ViewContext;
  readonly #tables: ReadonlySet<MonitoredTable>;
  readonly #output: ViewOutput;
  readonly #bySlot = new Map<PeerSlot, SessionFeeds>();
  readonly #ring = new ChangeRing(ringSize);
  readonly #table: TableFeed;
  /** Steps of what takes long, one after the other. */
  readonly #tasks: Iterator<void>[];
  /** Packers with something in them; none between two slices, so that nothing overtakes what is mirrored. */
  readonly #open = new Set<UpdatePacker>();
  #reporting = false;

  constructor(context: ViewContext, tables: readonly MonitoredTable[], output: ViewOutput) {
    this.#context = context;
    this.#tables = new Set(tables);
    this.#output = output;
    this.#table = new TableFeed(locRibHeader(context.asn, context.identifier), (bytes) => output.octets(bytes));
    if (this.#tables.has("loc-rib")) output.message(locRibUp(context.asn, context.identifier, context.clock.wall()));
    this.#tasks = [output.introduce()[Symbol.iterator](), this.#dump(), this.#dumpSent()];
  }

  /** Changed routes that it has yet to hear of. */
  get waiting(): number {
    return this.#ring.length;
  }

  /** Something is left to do. */
  get pending(): boolean {
    return this.#tasks.length > 0 || this.#ring.length > 0;
  }

  /** It has been told everything there was at the beginning. */
  get settled(): boolean {
    return this.#tasks.length === 0;
  }

  /** @returns false when it is known already */
  add(session: MonitoredSession): boolean {
    if (this.#bySlot.get(session.slot)?.session === session) return false;
    this.#bySlot.set(session.slot, new SessionFeeds(session, (bytes) => this.#output.octets(bytes)));
    return true;
  }

  /** @returns false when it was not known */
  forget(session: MonitoredSession): boolean {
    return this.#bySlot.get(session.slot)?.session === session && this.#bySlot.delete(session.slot);
  }

  /** An UPDATE came: mirrored octet for octet. */
  received(session: MonitoredSession, message: Uint8Array, wall: number): void {
    const feeds = this.#bySlot.get(session.slot);
    if (!feeds) return;
    if (this.#tables.has("pre-policy")) feeds.received.message(message, wall);
    if (this.#tables.has("post-policy") && isEndOfRib(message)) this.#ring.push(endOfRibRecord, session.slot);
  }

  sent(slot: PeerSlot, messages: Uint8Array, wall: number): void {
    const feeds = this.#tables.has("adj-rib-out") ? this.#bySlot.get(slot) : undefined;
    if (feeds) eachMessage(messages, (update) => feeds.sent.message(update, wall));
  }

  /** @returns false when there is no room for it */
  path(record: RecordId, slot: PeerSlot): boolean {
    return !this.#tables.has("post-policy") || !this.#bySlot.has(slot) || this.#ring.push(record, slot);
  }

  /** @returns false when there is no room for all of them */
  best(records: Int32Array, start: number, count: number): boolean {
    if (!this.#tables.has("loc-rib")) return true;
    for (let i = start; i < start + count; i++) if (!this.#ring.push(records[i]!, wholeTable)) return false;
    return true;
  }

  needs(record: RecordId): boolean {
    return this.#ring.has(record);
  }

  /** Numbers of every session, unless the last ones are still being told. */
  report(): void {
    if (this.#reporting) return;
    this.#reporting = true;
    this.#tasks.push(this.#statistics());
  }

  /** Does a little. @returns false when nothing is left to do */
  step(): boolean {
    const task = this.#tasks[0];
    if (task) {
      if (task.next().done === true) this.#tasks.shift();
      return true;
    }
    const change = this.#ring.take();
    if (!change) return false;
    const feed = change.slot === wholeTable ? this.#table : this.#bySlot.get(change.slot)?.postPolicy;
    if (feed) this.#tell(feed, change.record, change.slot);
    return true;
  }

  /** Hands over what is packed. */
  flush(): void {
    for (const packer of this.#open) packer.flush();
    this.#open.clear();
  }

  #tell(feed: TableFeed, record: RecordId, slot: PeerSlot): void {
    const { paths } = this.#context.speaker.rib;
    if (record === endOfRibRecord) {
      feed.packer.flush();
      feed.message(endOfRib);
      return;
    }
    this.#open.add(feed.packer);
    const path = paths.of(record, slot);
    if (!path) {
      feed.packer.withdraw(paths.key(record));
      return;
    }
    const nextHopEnd = 1 + path.octets[0]!;
    feed.packer.announce(path.attributes, path.octets.subarray(1, nextHopEnd), path.octets.subarray(nextHopEnd), path.nlri);
  }

  /** All routes that are in the table, then the ends of the tables. */
  *#dump(): Generator<void> {
    const { rib } = this.#context.speaker;
    const inPeers = this.#tables.has("pre-policy") || this.#tables.has("post-policy");
    const known = [...this.#bySlot.values()];
    if (inPeers || this.#tables.has("loc-rib")) {
      for (let at: number | undefined = 0; at !== undefined;) {
        let left = stride;
        at = rib.scanRoutes(
          inPeers ? {} : { best: true },
          at,
          (entry) => this.#dumped(entry),
          () => --left > 0,
        );
        yield;
      }
    }
    this.flush();
    for (const feeds of known) {
      if (this.#bySlot.get(feeds.session.slot) !== feeds) continue;
      if (this.#tables.has("pre-policy")) feeds.prePolicy.message(endOfRib);
      if (this.#tables.has("post-policy")) feeds.postPolicy.message(endOfRib);
      yield;
    }
    if (this.#tables.has("loc-rib")) this.#table.message(endOfRib);
  }

  #dumped(entry: RouteEntry): void {
    const { nextHop, raw } = entry.attributes;
    const put = (feed: TableFeed): void => {
      this.#open.add(feed.packer);
      feed.packer.announce(entry.attributes, nextHop, raw, entry.nlri);
    };
    const feeds = this.#bySlot.get(entry.from);
    // Stale: kept over the end of an earlier session, which the station heard of as the end of its routes.
    if (feeds && !entry.stale && this.#tables.has("pre-policy")) put(feeds.prePolicy);
    if (feeds && !entry.stale && this.#tables.has("post-policy")) put(feeds.postPolicy);
    if (entry.best && this.#tables.has("loc-rib")) put(this.#table);
  }

  /** What every peer holds of ours, made again. */
  *#dumpSent(): Generator<void> {
    if (!this.#tables.has("adj-rib-out")) return;
    for (const feeds of this.#bySlot.values()) {
      const { slot } = feeds.session;
      const still = (): boolean => this.#bySlot.get(slot) === feeds;
      const more = this.#context.speaker.rib.replay(slot, (bytes) => eachMessage(bytes, (m) => feeds.sent.message(m)), endOfRib);
      while (still() && more()) yield;
    }
  }

  *#statistics(): Generator<void> {
    const { asn, clock, identifier, speaker } = this.#context;
    for (const { session } of this.#bySlot.values()) {
      const stats = this.#bySlot.get(session.slot)?.session === session ? speaker.rib.peerStats(session.slot) : undefined;
      if (stats) this.#output.message(sessionStatistics(session, stats, clock.wall()));
      yield;
    }
    if (this.#tables.has("loc-rib")) this.#output.message(locRibStatistics(asn, identifier, speaker.rib.stats(), clock.wall()));
    this.#reporting = false;
  }
}

/** RFC 4724 §2, of EVPN. */
function isEndOfRib(message: Uint8Array): boolean {
  return message.length === endOfRib.length && message[22] === 6 && message[24] === 15 && message[27] === 25 && message[28] === 70;
}

/** Cuts a buffer of whole messages into them. */
function eachMessage(bytes: Uint8Array, take: (message: Uint8Array) => void): void {
  for (let at = 0; at + 19 <= bytes.length;) {
    const end = at + ((bytes[at + 16]! << 8) | bytes[at + 17]!);
    take(bytes.subarray(at, end));
    at = end;
  }
}
