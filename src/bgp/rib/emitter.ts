// SPDX-License-Identifier: Apache-2.0
import { AddPathEmitter, type AddPathParts } from "./add-path.ts";
import type { Interested } from "./interested.ts";
import { type MessageBuffer, MessageBufferPool } from "./message-buffer.ts";
import type { RoutePathChanges } from "./path-changes.ts";
import type { PeerState } from "./peer-state.ts";
import type { RecordId } from "./record.ts";
import { RecordBits } from "./record-bits.ts";
import type { TargetsId } from "./route-target-sets.ts";
import type { PeerSlot, RibOutput } from "./types.ts";
import type { Batch, Part, Segment } from "./batch.ts";
import type { UpdateEncoder } from "./update-encoder.ts";
import type { UpdateGroup } from "./update-group.ts";

/** Where in a buffer what one peer gets lies: up to two stretches of what is shared, and one of its own. */
interface Share {
  readonly peer: PeerState;
  readonly head: Stretch;
  readonly tail: Stretch;
  readonly own: Stretch;
}
type Stretch = readonly [start: number, end: number];

/** Sends a batch of routes to peers of one group: encoded once, to each everything but the part that came from itself. */
export class Emitter {
  readonly #encoder: UpdateEncoder;
  readonly #output: RibOutput;
  readonly #lagging: Set<PeerState>;
  readonly #interested: Interested;
  readonly #addPath: AddPathEmitter;
  readonly #buffers = new MessageBufferPool();
  readonly #own = new Map<PeerSlot, Segment>();

  /** @param lagging peers that missed something; kept up to date */
  constructor(encoder: UpdateEncoder, output: RibOutput, lagging: Set<PeerState>, interested: Interested, addPath: AddPathParts) {
    this.#addPath = new AddPathEmitter({ ...addPath, lagging, send: (peer, bytes) => this.sendRaw(peer, bytes) });
    this.#lagging = lagging;
    this.#encoder = encoder;
    this.#output = output;
    this.#interested = interested;
  }

  /** Peers that are congested or change their group only get the batch noted. */
  send(batch: Batch, group: UpdateGroup, peers: readonly PeerState[]): void {
    // Peers with add-path hear of changes by path and not by route.
    if (group.paths !== undefined && batch.before !== undefined) return;
    const ready = peers.filter((p) => p.phase === "up" && p.evpn && !this.#note(p, batch));
    if (ready.length === 0) return;
    if (group.paths !== undefined) {
      if (batch.stateFor) this.#addPath.sendState(batch.records, batch.count, ready[0]!);
      else this.#addPath.sendTable(batch.records, batch.count, group, ready);
      return;
    }
    const buffer = this.#buffers.take();
    // What a peer asked for is looked at here and not in its group: no membership splits one.
    const select = batch.stateFor === undefined && ready.some((p) => p.interest !== undefined);
    const shares = select ? this.#select(batch, group, ready, buffer) : this.#divide(batch, group, ready, buffer);
    for (const { peer, head, tail, own } of shares) {
      this.#write(peer, buffer, head);
      this.#write(peer, buffer, tail);
      this.#write(peer, buffer, own);
    }
    buffer.release();
  }

  /** Paths that changed, to peers with add-path. */
  sendPaths(changes: ReadonlyMap<RecordId, RoutePathChanges>, group: UpdateGroup, members: readonly PeerState[]): void {
    this.#addPath.send(changes, group, members);
  }

  /** Notes for a peer with add-path which paths of a route these lists of route targets are about. */
  missFlipped(peer: PeerState, id: RecordId, flipped: ReadonlySet<TargetsId>): void {
    this.#addPath.missFlipped(peer, id, flipped);
  }

  /** The newest state of routes whose changes a peer missed. */
  sendState(records: Int32Array, count: number, peer: PeerState): void {
    if (count > 0) this.send({ records, before: undefined, start: 0, count, stateFor: peer }, peer.group, [peer]);
  }

  /** Octets that are no routes: End-of-RIB, the marks around a refresh. */
  sendRaw(peer: PeerState, bytes: Uint8Array): void {
    if (!this.#output.write(peer.slot, bytes, nothing)) peer.congested = true;
  }

  /** To each all but its own segment. Private parts come behind the shared one, before anybody holds a slice: the buffer may still move. */
  #divide(batch: Batch, group: UpdateGroup, ready: readonly PeerState[], buffer: MessageBuffer): readonly Share[] {
    const segments = this.#encoder.encode(batch, group, buffer);
    const own = this.#own;
    for (const s of segments) own.set(s.source, s);
    const shared = buffer.length;
    const shares = ready.map((peer): Share => {
      const segment = own.get(peer.slot);
      const privateStart = buffer.length;
      if (segment) this.#encoder.putUnreach(segment.displaced, batch, group, buffer);
      return {
        peer,
        head: [0, segment?.start ?? shared],
        tail: segment ? [segment.end, shared] : empty,
        own: [privateStart, buffer.length],
      };
    });
    own.clear();
    return shares;
  }

  /** To each the parts that it asked for. Who gets a part is known per list of route targets, so this costs what is delivered. */
  #select(batch: Batch, group: UpdateGroup, ready: readonly PeerState[], buffer: MessageBuffer): readonly Share[] {
    const { parts, displaced } = this.#encoder.encodeParts(batch, group, buffer);
    const stretches = new Map<PeerState, [number, number][]>();
    const unasked: PeerState[] = [];
    for (const peer of ready) {
      if (peer.interest) stretches.set(peer, []);
      else unasked.push(peer);
    }
    for (const part of parts) {
      for (const peer of this.#interested.in(part.wanted)) {
        const list = stretches.get(peer);
        if (list && isFor(part, peer)) extend(list, part.start, part.end);
      }
    }
    for (const peer of unasked) stretches.set(peer, allBut(peer.slot, parts));
    return ready.map((peer): Share => {
      const list = stretches.get(peer)!;
      const privateStart = buffer.length;
      const [head = empty, tail = empty] = list.length > 2 ? [] : list;
      if (list.length > 2) for (const [start, end] of list) buffer.repeat(start, end);
      const gone = displaced.get(peer.slot) ?? [];
      this.#encoder.putUnreach(peer.interest ? this.#encoder.displacedFor(gone, batch, peer.interest) : gone, batch, group, buffer);
      return { peer, head, tail, own: [privateStart, buffer.length] };
    });
  }

  #note(peer: PeerState, batch: Batch): boolean {
    if (!peer.congested && !peer.regrouping) return false;
    const { interest } = peer;
    for (let i = 0; i < batch.count; i++) {
      if (interest !== undefined && !this.#encoder.concerns(batch, i, interest)) continue;
      peer.missed ??= new RecordBits();
      this.#lagging.add(peer);
      peer.missed.add(batch.records[batch.start + i]!);
    }
    return true;
  }

  /** Also when the peer became congested in the middle of this batch: what was encoded is handed over whole. */
  #write(peer: PeerState, buffer: MessageBuffer, [start, end]: Stretch): void {
    if (end === start) return;
    buffer.hold();
    if (!this.#output.write(peer.slot, buffer.stretch(start, end), buffer.release)) peer.congested = true;
  }
}

const empty: Stretch = [0, 0];
const nothing = (): void => undefined;

function isFor(part: Part, peer: PeerState): boolean {
  return part.source !== peer.slot && (part.unless === 0 || !peer.interest!.wants(part.unless));
}

/** Neighbouring parts become one stretch. */
function extend(list: [number, number][], start: number, end: number): void {
  const last = list.at(-1);
  if (last?.[1] === start) last[1] = end;
  else list.push([start, end]);
}

/** What a peer gets that takes all routes: to it, one with other route targets than before is not gone. */
function allBut(slot: PeerSlot, parts: readonly Part[]): [number, number][] {
  const list: [number, number][] = [];
  for (const { source, unless, start, end } of parts) if (source !== slot && unless === 0) extend(list, start, end);
  return list;
}
