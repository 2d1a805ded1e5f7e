// SPDX-License-Identifier: Apache-2.0
/** What the inspect server asks a running daemon. The agent answers all of it, the reflector the part about BGP. */
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import type {
  BfdRow,
  BgpSummaryReply,
  DomainRow,
  DuplicateRow,
  FloatingIpRow,
  KernelDiffRow,
  LeaseRow,
  MacRow,
  MembershipRow,
  NeighbourRow,
  NetworkRow,
  OutboundRow,
  PeerQuery,
  PeerRow,
  PortRow,
  PrefixRow,
  RouteDetailRow,
  RouteQuery,
  RoutesReply,
  StatusReply,
  VtepRow,
} from "../contract/inspect.ts";

/** The part of the status that the daemon knows; process, uptime and problems are added by the server. */
export type StatusPart = Omit<StatusReply, "component" | "version" | "pid" | "uptime" | "state" | "problems"> & {
  /** False makes `/health` and `weft status` say degraded; problems do so by themselves. */
  readonly ready: boolean;
};

/** {@link BgpInspect} in `bgp-inspect.ts` is this for every daemon that has a speaker. */
export interface BgpProvider {
  /** @throws RequestError for a filter that cannot be read */
  peers(query: PeerQuery): Promise<readonly PeerRow[]>;
  summary(): BgpSummaryReply;
  /** @param peer only what it asks for */
  memberships(peer: string | undefined): Promise<readonly MembershipRow[]>;
  /** @throws RequestError for a filter that cannot be read */
  routes(query: RouteQuery): Promise<RoutesReply>;
  /** Rows as NDJSON, in pieces of whole lines; each is made when it is asked for. @throws as {@link routes} */
  routeStream(query: RouteQuery): Promise<AsyncIterable<string>>;
  /** Everything about the routes of this name: a MAC, an address, a prefix, what the column ROUTE says, or an NLRI in hexadecimal. */
  route(name: string, rd: string | undefined): Promise<readonly RouteDetailRow[]>;
  /** Asks for all routes again (RFC 2918). Each action gives the peers it was done to. @throws UnknownPeerError or SessionUnfitError */
  refresh(peer: string): readonly string[];
  shutdown(peer: string, message: string): readonly string[];
  enable(peer: string): readonly string[];
}

/** Filters of the EVPN tables; all that are present must match. */
export interface EvpnFilter {
  readonly network?: string;
  readonly vni?: number;
  readonly mac?: Mac;
  readonly ip?: Ip;
}

/**
 * Tables are walked through over many turns of the loop: each row is as it is when it is asked for. What is there from the first to the last is
 * given exactly once; what comes or goes meanwhile may be given or not.
 */
export interface EvpnProvider {
  hasNetwork(name: string): boolean;
  hasDomain(name: string): boolean;
  networks(): Iterable<NetworkRow>;
  ports(): Iterable<PortRow>;
  domains(): Iterable<DomainRow>;
  /** Of all domains, or one. */
  prefixes(domain: string | undefined): Iterable<PrefixRow>;
  /** Of all networks, or one; so for the next two. */
  vteps(network: string | undefined): Iterable<VtepRow>;
  macs(network: string | undefined, mac: Mac | undefined): Iterable<MacRow>;
  neighbours(network: string | undefined): Iterable<NeighbourRow>;
  duplicates(): readonly DuplicateRow[];
  /** Frees MACs from quarantine: how many. */
  clearDuplicates(filter: Pick<EvpnFilter, "network" | "mac" | "ip">): number;
}

export interface BfdProvider {
  peers(): Promise<readonly BfdRow[]>;
}

export interface DhcpProvider {
  /** By domain and address. */
  leases(): readonly LeaseRow[];
}

export interface KernelProvider {
  /** Compares the kernel, read anew, with what we want. */
  diff(): Promise<readonly KernelDiffRow[]>;
}

export interface NatProvider {
  floating(): readonly FloatingIpRow[];
  outbound(): readonly OutboundRow[];
}

export interface InspectProvider {
  status(): StatusPart;
  readonly bgp: BgpProvider;
  readonly bfd?: BfdProvider;
  readonly evpn?: EvpnProvider;
  readonly dhcp?: DhcpProvider;
  readonly kernel?: KernelProvider;
  readonly nat?: NatProvider;
}
