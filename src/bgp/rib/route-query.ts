// SPDX-License-Identifier: Apache-2.0
import type { Family } from "../wire/family.ts";
import type { Advertisements } from "./advertisement.ts";
import { type AttributePattern, matchesAttributes, tunnelLabel } from "./attribute-pattern.ts";
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import { type KeyPattern, matchesKey } from "./key-pattern.ts";
import type { LocRib } from "./loc-rib.ts";
import type { NlriWriter } from "./nlri-writer.ts";
import type { PeerState } from "./peer-state.ts";
import type { PeerTable } from "./peer-table.ts";
import { headerWord, type RecordId } from "./record.ts";
import type { Rest, RestTable } from "./rest-table.ts";
import type { AttributeSet, PeerSlot } from "./types.ts";

export interface RouteFilter {
  readonly family?: Family;
  /** NLRI type: EVPN route type. */
  readonly type?: number;
  /** Name of the peer, `local` for routes of this speaker. */
  readonly peer?: string;
  /** Only best paths. */
  readonly best?: boolean;
  /** The key is like one of each of these. */
  readonly keys?: readonly (readonly KeyPattern[])[];
  /** The attributes are like all of these. */
  readonly attributes?: readonly AttributePattern[];
  /** Label of the NLRI, or of the tunnel of a type-3 route. */
  readonly label?: number;
  /** Paths that this peer is sent, by its name. */
  readonly sentTo?: string;
  /** Anything else; asked last. */
  readonly match?: (route: RouteEntry) => boolean;
}

/** One path of one route. */
export interface RouteEntry {
  /** Names the route until it has no path left. */
  readonly record: RecordId;
  readonly family: Family;
  /** In wire form. */
  readonly nlri: Uint8Array;
  readonly attributes: AttributeSet;
  readonly from: PeerSlot;
  readonly fromName: string;
  readonly best: boolean;
  readonly stale: boolean;
}

export interface RoutePage {
  readonly routes: readonly RouteEntry[];
  /** Where the next page starts; undefined when this was the last. */
  readonly after: number | undefined;
}

/** Records looked at for one page. */
const scanSize = 16384;
/** Records passed over between two looks at whether there is time left. */
const stride = 64;

const prefixRoute = 5;

/**
 * The looking glass: routes in table order, a slice at a time, so that no question holds up the traffic.
 *
 * A record keeps its place while it has a path, so slice upon slice gives a route that is there from the first to the last
 * exactly once. One that comes or goes meanwhile may be given or not; its paths are those of the moment.
 */
export class RouteQuery {
  readonly #rib: LocRib;
  readonly #attributes: AttributeStore;
  readonly #rests: RestTable;
  readonly #nlri: NlriWriter;
  readonly #peers: PeerTable;
  readonly #advertisements: Advertisements;

  constructor(
    rib: LocRib,
    attributes: AttributeStore,
    rests: RestTable,
    nlri: NlriWriter,
    peers: PeerTable,
    advertisements: Advertisements,
  ) {
    this.#advertisements = advertisements;
    this.#rib = rib;
    this.#attributes = attributes;
    this.#rests = rests;
    this.#nlri = nlri;
    this.#peers = peers;
  }

  /** All paths of a route are on one page, which may therefore be a little longer than `limit`. */
  page(filter: RouteFilter, limit: number, after = 0): RoutePage {
    const routes: RouteEntry[] = [];
    let strides = 0;
    const goOn = (): boolean => routes.length < limit && ++strides * stride < scanSize;
    return { routes, after: this.scan(filter, after, (route) => void routes.push(route), goOn) };
  }

  /**
   * Gives `visit` the paths that match, from position `from` on, for as long as `goOn` says; it is asked after each route
   * that had one and now and then between.
   * @returns where to go on, undefined at the end
   */
  scan(filter: RouteFilter, from: number, visit: (route: RouteEntry) => void, goOn: () => boolean): number | undefined {
    if (filter.family !== undefined && filter.family !== "l2vpn-evpn") return undefined;
    const { slab } = this.#rib.table;
    const { pages, pageBits, pageMask } = slab;
    const to = filter.sentTo === undefined ? undefined : this.#peers.find(filter.sentTo);
    if (filter.sentTo !== undefined && to === undefined) return undefined;
    const scan = new Slice(this.#attributes, filter, visit, to);
    const keys = filter.keys ?? [];
    let id = slab.next(from);
    for (let passed = 1; id !== 0; passed++) {
      const page = pages[id >>> pageBits]!;
      const at = id & pageMask;
      const given = scan.given;
      if ((filter.type === undefined || filter.type === (page[at + headerWord]! & 255)) && matchesKey(keys, page, at))
        this.#visit(id, page[at + headerWord]!, scan);
      id = slab.next(slab.after(id));
      if ((scan.given > given || passed % stride === 0) && !goOn()) break;
    }
    return id === 0 ? undefined : id;
  }

  /** Whether {@link scan} may begin there: what people give back as a cursor is not always what they got. */
  isPosition(from: number): boolean {
    return this.#rib.table.slab.isBoundary(from);
  }

  #visit(id: RecordId, header: number, slice: Slice): void {
    const { filter, to } = slice;
    let best = true;
    const several = to?.group.paths === undefined ? undefined : this.#advertisements.several(id, to.group.paths, to);
    for (const { attributes, rest } of this.#rib.pathsOf(id)) {
      const from = this.#attributes.source(attributes);
      const fromName = this.#peers.name(from);
      const wanted =
        (to === undefined || (several?.has(attributes) ?? this.#advertisements.withheld(id, { attributes, rest }, to) === undefined)) &&
        (filter.peer === undefined || filter.peer === fromName) &&
        slice.wantsAttributes(attributes) &&
        (filter.label === undefined || this.#hasLabel(filter.label, header, rest, attributes));
      if (wanted) {
        slice.give({
          record: id,
          family: "l2vpn-evpn",
          nlri: this.#nlri.read(id, rest),
          attributes: slice.set(attributes),
          from,
          fromName,
          best,
          stale: this.#attributes.get(attributes).stale,
        });
      }
      best = false;
      if (filter.best === true || (to !== undefined && several === undefined)) return;
    }
  }

  /** The labels are the last of the octets outside the key; a type-2 route may have two, a type-3 route has that of its tunnel. */
  #hasLabel(label: number, header: number, rest: Rest, attributes: AttributesId): boolean {
    const type = header & 255;
    if (type === 3) return tunnelLabel(this.#attributes.view(attributes)) === label;
    if (type !== 1 && type !== 2 && type !== prefixRoute) return false;
    const octets = this.#rests.octets(type, header >>> 24, rest);
    const first = type === 2 ? 10 : octets.length - 3;
    for (let o = first; o + 3 <= octets.length; o += 3) {
      if (((octets[o]! << 16) | (octets[o + 1]! << 8) | octets[o + 2]!) === label) return true;
    }
    return false;
  }
}

/** What one slice remembers: neighbours in the table often share their attributes, and within a slice these do not change. */
class Slice {
  readonly filter: RouteFilter;
  /** The peer of {@link RouteFilter.sentTo}. */
  readonly to: PeerState | undefined;
  given = 0;
  readonly #store: AttributeStore;
  readonly #visit: (route: RouteEntry) => void;
  readonly #sets = new Map<AttributesId, AttributeSet>();
  #asked: AttributesId = 0;
  #wanted = false;

  constructor(store: AttributeStore, filter: RouteFilter, visit: (route: RouteEntry) => void, to: PeerState | undefined) {
    this.#store = store;
    this.to = to;
    this.filter = filter;
    this.#visit = visit;
  }

  give(route: RouteEntry): void {
    if (this.filter.match !== undefined && !this.filter.match(route)) return;
    this.given++;
    this.#visit(route);
  }

  wantsAttributes(id: AttributesId): boolean {
    const { attributes } = this.filter;
    if (attributes === undefined || attributes.length === 0) return true;
    if (id !== this.#asked) {
      this.#asked = id;
      this.#wanted = matchesAttributes(attributes, this.#store.view(id), this.#store.get(id));
    }
    return this.#wanted;
  }

  set(id: AttributesId): AttributeSet {
    let set = this.#sets.get(id);
    if (set === undefined) this.#sets.set(id, (set = this.#store.peek(id)));
    return set;
  }
}
