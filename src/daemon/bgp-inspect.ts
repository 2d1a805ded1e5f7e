// SPDX-License-Identifier: Apache-2.0
import type { PeerState } from "../bgp/speaker/peer-state.ts";
import type { Speaker } from "../bgp/speaker/speaker.ts";
import type { BgpConfig } from "../contract/config/load.ts";
import type { BgpSummaryReply, PeerQuery, PeerRow, RouteDetailRow, RouteQuery, RoutesReply, MembershipRow } from "../contract/inspect.ts";
import { membershipRow } from "./membership-row.ts";
import type { ProblemList } from "./problem-list.ts";
import type { BgpProvider } from "./provider.ts";
import { addressOrder, peerFilter, peerRow } from "./peer-row.ts";
import { RouteLookup } from "./route-lookup.ts";
import { Slices } from "../base/run/slices.ts";

export interface BgpInspectOptions {
  readonly speaker: Speaker;
  /** The configuration that holds now. */
  readonly config: () => BgpConfig;
  readonly problems: ProblemList;
  /** State of BFD with a peer; null: it does not watch. */
  readonly bfd: (peer: string) => PeerRow["bfd"];
  /** Import targets of a network by its name; a reflector has none. */
  readonly importTargets?: (network: string) => readonly string[] | undefined;
}

/** BGP as the local socket shows it: the same for agent and reflector. */
export class BgpInspect implements BgpProvider {
  readonly #speaker: Speaker;
  readonly #config: () => BgpConfig;
  readonly #problems: ProblemList;
  readonly #bfd: (peer: string) => PeerRow["bfd"];
  readonly #lookup: RouteLookup;
  readonly #slices = new Slices();

  constructor(options: BgpInspectOptions) {
    this.#speaker = options.speaker;
    this.#config = options.config;
    this.#problems = options.problems;
    this.#bfd = options.bfd;
    this.#lookup = new RouteLookup({
      rib: options.speaker.rib,
      importTargets: options.importTargets ?? (() => undefined),
      hasPeer: (peer) => options.speaker.hasPeer(peer),
    });
  }

  /** The part of the status that is about BGP. Peers that ought to be up and are not become problems, and cease to be. */
  status(): {
    readonly asn: number;
    readonly routerId: string;
    readonly peers: { configured: number; established: number };
    readonly routes: number;
  } {
    const { asn, routerId, peers: configured } = this.#config();
    const down = [...this.#speaker.namedPeers()].filter((p) => p.admin === "up" && p.phase !== "established");
    const why = (p: PeerState): string => `the session is ${p.phase}${p.lastError === null ? "" : `; last time: ${p.lastError}`}`;
    this.#problems.replace("WEFT_BGP_PEER_DOWN", new Map(down.map((p) => [`peer ${p.address}`, why(p)])), "warning");
    return {
      asn,
      routerId,
      peers: { configured: configured.length, established: this.#speaker.peerCounts().byState.get("established") ?? 0 },
      routes: this.#speaker.rib.stats().routes,
    };
  }

  /** Of the sessions that match, ordered by address; each as it was when its turn came. */
  async peers(query: PeerQuery): Promise<readonly PeerRow[]> {
    const wanted = peerFilter(query);
    const rows: { readonly order: string; readonly row: PeerRow }[] = [];
    const rest = this.#speaker.eachPeer();
    const slice = (goOn: () => boolean): boolean => {
      for (let next = rest.next(); next.done !== true; next = rest.next()) {
        if (wanted(next.value))
          rows.push({ order: addressOrder(next.value.address), row: peerRow(next.value, this.#bfd(next.value.address)) });
        if (!goOn()) return false;
      }
      return true;
    };
    while (!(await this.#slices.run(slice)));
    return rows.toSorted((a, b) => (a.order < b.order ? -1 : 1)).map((r) => r.row);
  }

  summary(): BgpSummaryReply {
    const { asn, routerId, reflector, peers: configured } = this.#config();
    const { dynamic, byState } = this.#speaker.peerCounts();
    const { routes, paths, attributeSets, memory } = this.#speaker.rib.stats();
    return {
      asn,
      routerId,
      clusterId: reflector === undefined ? null : (reflector.clusterId ?? routerId),
      peers: {
        configured: configured.length,
        dynamic,
        established: byState.get("established") ?? 0,
        states: Object.fromEntries(byState),
      },
      families: [{ family: "l2vpn-evpn", routes, paths }],
      attributeSets,
      memory,
    };
  }

  async memberships(peer: string | undefined): Promise<readonly MembershipRow[]> {
    const rows: MembershipRow[] = [];
    const all = this.#speaker.rib.allMemberships(peer);
    const slice = (goOn: () => boolean): boolean => {
      for (let next = all.next(); ; next = all.next()) {
        if (next.done === true) return true;
        rows.push(membershipRow(next.value.nlri, next.value.count, next.value.from()));
        if (!goOn()) return false;
      }
    };
    while (!(await this.#slices.run(slice)));
    return rows.toSorted((a, b) => a.target.localeCompare(b.target, "en", { numeric: true }));
  }

  routes(query: RouteQuery): Promise<RoutesReply> {
    return this.#lookup.page(query);
  }

  routeStream(query: RouteQuery): Promise<AsyncIterable<string>> {
    return this.#lookup.stream(query);
  }

  route(name: string, rd: string | undefined): Promise<readonly RouteDetailRow[]> {
    return this.#lookup.detail(name, rd);
  }

  refresh(peer: string): readonly string[] {
    const established = (): readonly string[] => this.#names((p) => p.phase === "established");
    return this.#each(peer, established, (p) => this.#speaker.refresh(p));
  }

  shutdown(peer: string, message: string): readonly string[] {
    const all = (): readonly string[] => this.#names(() => true);
    return this.#each(peer, all, (p) => this.#speaker.shutdown(p, message === "" ? undefined : message));
  }

  enable(peer: string): readonly string[] {
    const down = (): readonly string[] => this.#names((p) => p.admin === "down");
    return this.#each(peer, down, (p) => this.#speaker.enable(p));
  }

  #names(which: (peer: PeerState) => boolean): readonly string[] {
    return this.#speaker
      .peers()
      .filter(which)
      .map((p) => p.address);
  }

  #each(peer: string, all: () => readonly string[], act: (peer: string) => void): readonly string[] {
    const peers = peer === "all" ? all() : [peer];
    for (const p of peers) act(p);
    return peers;
  }
}
