// SPDX-License-Identifier: Apache-2.0
/** Sending several paths of a route — RFC 7911. Groups of such peers are few and small, so each peer is encoded for by itself. */
import type { AttributesId } from "./attribute-store.ts";
import type { LocRib, RoutePath } from "./loc-rib.ts";
import { withdrawnRest } from "./nlri-writer.ts";
import type { RoutePathChanges } from "./path-changes.ts";
import { type PathMessageParts, PathMessages } from "./path-messages.ts";
import type { PathSource } from "./path-sources.ts";
import { anyPath, type PeerState } from "./peer-state.ts";
import { RecordBits } from "./record-bits.ts";
import type { RecordId } from "./record.ts";
import type { TargetsId } from "./route-target-sets.ts";
import type { UpdateGroup } from "./update-group.ts";

interface Path extends RoutePath {
  readonly source: PathSource;
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
      for (const [id, ofRoute] of changes) {
        if (peer.regrouping || mayHoldAny(peer, id)) {
          this.#missAll(peer, id, ofRoute);
          continue;
        }
        // What it is still to be told of other paths of the route is told together with this.
        const lags = peer.congested || peer.missed?.has(id) === true;
        const now = this.#selected(group, id, this.#paths(id));
        const before = this.#heldBefore(group, id, ofRoute);
        for (const [source, was] of before) {
          const is = now.get(source);
          if (!this.#isFor(was.path, peer) || (is && this.#isFor(is, peer))) continue;
          if (lags) this.#miss(peer, id, source);
          else this.#messages.withdraw(id, source);
        }
        for (const [source, is] of now) {
          const was = before.get(source);
          if (!this.#isFor(is, peer) || (was?.sure && this.#isFor(was.path, peer))) continue;
          if (lags) this.#miss(peer, id, source);
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

  /** The newest state of what a peer missed: of the paths that were noted, or of all where it may hold some that it is not to have. */
  sendState(records: Int32Array, count: number, peer: PeerState): void {
    for (let i = 0; i < count; i++) {
      const id = records[i]!;
      this.#countRefused(peer.group, id, () => true);
      const paths = this.#paths(id);
      const selected = this.#selected(peer.group, id, paths);
      const noted = peer.missedPaths?.get(id);
      const due = new Set(noted);
      if (noted === undefined || due.delete(anyPath)) for (const path of paths) if (!this.#isFrom(path, peer)) due.add(path.source);
      for (const source of due) {
        const is = selected.get(source);
        if (is && this.#isFor(is, peer)) this.#messages.announce(id, is);
        else this.#messages.withdraw(id, source);
      }
      peer.missedPaths?.delete(id);
    }
    this.#flush(peer);
  }

  /** Notes the paths of a route that the peer asks for, or asks for no longer, since its answer about these lists of route targets is another one. */
  missFlipped(peer: PeerState, id: RecordId, flipped: ReadonlySet<TargetsId>): void {
    if (mayHoldAny(peer, id)) return;
    for (const path of this.#selected(peer.group, id, this.#paths(id)).values())
      if (!this.#isFrom(path, peer) && flipped.has(this.#o.attributes.targets(path.attributes))) this.#miss(peer, id, path.source);
  }

  /** Counts what the policy of a group keeps back of these paths. */
  #countRefused(group: UpdateGroup, id: RecordId, these: (path: Path) => boolean): void {
    const { policy, refused } = group;
    if (policy === undefined) return;
    for (const path of this.#paths(id)) {
      if (!these(path) || !this.#goesTo(group, path.attributes)) continue;
      const { accepted, rule } = this.#o.gate.decide(policy, path.attributes, id, path.rest);
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
    this.#miss(peer, id, anyPath);
    for (const source of ofRoute.keys()) if (pathSources.ownerOf(source) !== peer.slot) this.#miss(peer, id, source);
  }

  #miss(peer: PeerState, id: RecordId, path: PathSource): void {
    peer.missedPaths ??= new Map();
    const sources = peer.missedPaths.get(id);
    if (sources) sources.add(path);
    else peer.missedPaths.set(id, new Set([path]));
    peer.missed ??= new RecordBits();
    peer.missed.add(id);
    this.#o.lagging.add(peer);
  }

  #paths(id: RecordId): Path[] {
    const store = this.#o.attributes;
    return Array.from(this.#o.rib.pathsOf(id), ({ attributes, rest }) => ({ source: store.pathSource(attributes), attributes, rest }));
  }

  /**
   * What peers of the group may hold from before the changes, by source, and whether it is sure that they do. What was outside the key of a path
   * that changed is not known any more: where the policy looks at it, that path may have taken the place of another among the best, or not.
   */
  #heldBefore(
    group: UpdateGroup,
    id: RecordId,
    changes: RoutePathChanges,
  ): ReadonlyMap<PathSource, { readonly path: Path; readonly sure: boolean }> {
    const { policy, paths: most } = group;
    const { gate } = this.#o;
    const kept = this.#paths(id).filter((p) => !changes.has(p.source) && this.#mayGo(group, id, p));
    const changed = Array.from(changes, ([source, attributes]): Path => ({ source, attributes, rest: withdrawnRest })).filter(
      ({ attributes }) =>
        attributes !== 0 && this.#goesTo(group, attributes) && (policy === undefined || gate.mayHold(policy, attributes, id)),
    );
    const all = [...kept, ...changed];
    const doubtful = typeof most === "number" && all.length > most && changed.length > 0 && policy?.label === true;
    const held = doubtful ? all : this.#best(group, id, all);
    return new Map(held.map((path) => [path.source, { path, sure: !doubtful && !changes.has(path.source) }]));
  }

  /** Those that peers of a group are to hold, by source: all that may go there, or the best of them. */
  #selected(group: UpdateGroup, id: RecordId, paths: readonly Path[]): ReadonlyMap<PathSource, Path> {
    const allowed = paths.filter((path) => this.#mayGo(group, id, path));
    return new Map(this.#best(group, id, allowed).map((p) => [p.source, p]));
  }

  #best({ paths: most }: UpdateGroup, id: RecordId, allowed: readonly Path[]): readonly Path[] {
    return typeof most !== "number" || allowed.length <= most ? allowed : this.#o.rib.best(id, allowed, most);
  }

  #mayGo(group: UpdateGroup, id: RecordId, { attributes, rest }: Path): boolean {
    return (
      this.#goesTo(group, attributes) && (group.policy === undefined || this.#o.gate.decide(group.policy, attributes, id, rest).accepted)
    );
  }

  #goesTo({ exportClass }: UpdateGroup, attributes: AttributesId): boolean {
    return (this.#o.attributes.exportMask(attributes) & (1 << exportClass)) !== 0;
  }

  /** By its own announcements and the route targets that it asks for — RFC 4684; these split no group, so the best are chosen before. */
  #isFor(path: Path, peer: PeerState): boolean {
    return !this.#isFrom(path, peer) && (peer.interest === undefined || peer.interest.wants(this.#o.attributes.targets(path.attributes)));
  }

  #isFrom({ attributes }: Path, peer: PeerState): boolean {
    return this.#o.attributes.source(attributes) === peer.slot;
  }
}

/** Whether it was noted that the peer missed something of the route, and not which of its paths it may hold. */
function mayHoldAny({ missed, missedPaths }: PeerState, id: RecordId): boolean {
  return missed?.has(id) === true && missedPaths?.get(id)?.has(anyPath) !== false;
}
