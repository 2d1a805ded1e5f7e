// SPDX-License-Identifier: Apache-2.0
/** Sending several paths of a route — RFC 7911. Groups of such peers are few and small, so each peer is encoded for by itself. */
import type { AttributesId } from "./attribute-store.ts";
import type { LocRib } from "./loc-rib.ts";
import { withdrawnRest } from "./nlri-writer.ts";
import type { RoutePathChanges } from "./path-changes.ts";
import { type PathMessageParts, PathMessages } from "./path-messages.ts";
import type { PathSource } from "./path-sources.ts";
import { anyPath, type PeerState } from "./peer-state.ts";
import { RecordBits } from "./record-bits.ts";
import type { RecordId } from "./record.ts";
import type { Rest } from "./rest-table.ts";
import type { UpdateGroup } from "./update-group.ts";

interface Path {
  readonly source: PathSource;
  readonly attributes: AttributesId;
  readonly rest: Rest;
}

export interface AddPathParts extends PathMessageParts {
  readonly rib: LocRib;
}

interface AddPathOptions extends AddPathParts {
  /** Peers that missed something; kept up to date. */
  readonly lagging: Set<PeerState>;
  readonly send: (peer: PeerState, bytes: Uint8Array) => void;
}

/** Tells peers with add-path what becomes of all paths. A path keeps its identifier as long as its source has one for the route. */
export class AddPathEmitter {
  readonly #o: AddPathOptions;
  readonly #messages: PathMessages;

  constructor(parts: AddPathOptions) {
    this.#o = parts;
    this.#messages = new PathMessages(parts);
  }

  /** Exactly what changed: what came or is another one now, and what went or is no longer among the best. */
  send(changes: ReadonlyMap<RecordId, RoutePathChanges>, group: UpdateGroup, members: readonly PeerState[]): void {
    for (const [id, ofRoute] of changes) this.#countRefused(group, id, (path) => ofRoute.has(path.source));
    for (const peer of members) {
      if (peer.phase !== "up" || !peer.evpn) continue;
      const lags = peer.congested;
      for (const [id, ofRoute] of changes) {
        if (peer.regrouping || mayHoldAny(peer, id)) {
          this.#missAll(peer, id, ofRoute);
          continue;
        }
        const now = this.#selected(group, id, this.#paths(id));
        const before = this.#selected(group, id, this.#before(id, ofRoute), true);
        for (const [source, was] of before) {
          const is = now.get(source);
          if (!this.#isFor(was, peer) || (is && this.#isFor(is, peer))) continue;
          if (lags) this.#miss(peer, id, source);
          else this.#messages.withdraw(id, source);
        }
        for (const [source, is] of now) {
          const was = before.get(source);
          if (!this.#isFor(is, peer) || (was && this.#isFor(was, peer) && !ofRoute.has(source))) continue;
          if (lags) this.#miss(peer, id, undefined);
          else this.#messages.announce(id, is);
        }
      }
      this.#flush(peer);
    }
  }

  /** The paths of these routes as they are, for peers that have none of them. */
  sendTable(records: Int32Array, count: number, group: UpdateGroup, peers: readonly PeerState[]): void {
    for (let i = 0; i < count; i++) this.#countRefused(group, records[i]!, () => true);
    for (const peer of peers) {
      for (let i = 0; i < count; i++) {
        const id = records[i]!;
        for (const path of this.#selected(group, id, this.#paths(id)).values())
          if (this.#isFor(path, peer)) this.#messages.announce(id, path);
      }
      this.#flush(peer);
    }
  }

  /**
   * The newest state of routes of which a peer missed something. Which paths went meanwhile was noted, and whether it may have others that
   * it is not to have: it is in another group than before.
   */
  sendState(records: Int32Array, count: number, peer: PeerState): void {
    for (let i = 0; i < count; i++) {
      const id = records[i]!;
      this.#countRefused(peer.group, id, () => true);
      const paths = this.#paths(id);
      const selected = this.#selected(peer.group, id, paths);
      const noted = peer.missedPaths?.get(id);
      const gone = new Set(noted);
      const unsure = noted === undefined || gone.delete(anyPath);
      for (const path of paths) {
        const is = selected.get(path.source);
        if (is && this.#isFor(is, peer)) {
          gone.delete(path.source);
          this.#messages.announce(id, is);
        } else if (unsure && this.#o.attributes.source(path.attributes) !== peer.slot) gone.add(path.source);
      }
      for (const source of gone) this.#messages.withdraw(id, source);
      peer.missedPaths?.delete(id);
    }
    this.#flush(peer);
  }

  /** Counts what the policy of a group keeps back of these paths. */
  #countRefused({ policy, exportClass, refused }: UpdateGroup, id: RecordId, these: (path: Path) => boolean): void {
    if (policy === undefined) return;
    const { attributes: store, gate } = this.#o;
    for (const path of this.#paths(id)) {
      if (!these(path) || (store.exportMask(path.attributes) & (1 << exportClass)) === 0) continue;
      const { accepted, rule } = gate.decide(policy, path.attributes, id);
      if (!accepted) refused.add(rule);
    }
  }

  #flush(peer: PeerState): void {
    const bytes = this.#messages.take(peer.group);
    if (bytes.length > 0) this.#o.send(peer, bytes);
  }

  /** It may hold what another group was sent, so what its own group would have been sent before the change does not count. */
  #missAll(peer: PeerState, id: RecordId, ofRoute: RoutePathChanges): void {
    const { pathSources } = this.#o.attributes;
    if (peer.interest?.everything === false) return;
    this.#miss(peer, id, anyPath);
    for (const source of ofRoute.keys()) if (pathSources.ownerOf(source) !== peer.slot) this.#miss(peer, id, source);
  }

  #miss(peer: PeerState, id: RecordId, gone: PathSource | undefined): void {
    peer.missedPaths ??= new Map();
    let sources = peer.missedPaths.get(id);
    if (!sources) peer.missedPaths.set(id, (sources = new Set()));
    if (gone !== undefined) sources.add(gone);
    peer.missed ??= new RecordBits();
    peer.missed.add(id);
    this.#o.lagging.add(peer);
  }

  #paths(id: RecordId): Path[] {
    const store = this.#o.attributes;
    return Array.from(this.#o.rib.pathsOf(id), ({ attributes, rest }) => ({ source: store.pathSource(attributes), attributes, rest }));
  }

  /** The paths before the changes. What was outside their keys is not known any more and not asked for. */
  #before(id: RecordId, changes: RoutePathChanges): Path[] {
    const paths = this.#paths(id).filter((p) => !changes.has(p.source));
    for (const [source, attributes] of changes) if (attributes !== 0) paths.push({ source, attributes, rest: withdrawnRest });
    return paths;
  }

  /** Those that peers of a group are to hold, by source: all that may go there, or the best of them. */
  #selected(group: UpdateGroup, id: RecordId, paths: readonly Path[], past = false): ReadonlyMap<PathSource, Path> {
    const { attributes: store, gate, rib } = this.#o;
    const allowed = paths.filter(({ attributes }) => {
      if ((store.exportMask(attributes) & (1 << group.exportClass)) === 0) return false;
      if (group.policy === undefined) return true;
      return past ? gate.mayHold(group.policy, attributes, id) : gate.decide(group.policy, attributes, id).accepted;
    });
    const { paths: most } = group;
    const chosen = typeof most !== "number" || allowed.length <= most ? allowed : rib.best(id, allowed, most);
    return new Map(chosen.map((p) => [p.source, p]));
  }

  #isFor({ attributes }: Path, peer: PeerState): boolean {
    const store = this.#o.attributes;
    // Until its memberships are there it is sent nothing; then everything, see `Asking.unfiltered`.
    return store.source(attributes) !== peer.slot && peer.interest?.everything !== false;
  }
}

/** Whether it was noted that the peer missed something of the route, and not which of its paths it may hold. */
function mayHoldAny({ missed, missedPaths }: PeerState, id: RecordId): boolean {
  return missed?.has(id) === true && missedPaths?.get(id)?.has(anyPath) !== false;
}
