// SPDX-License-Identifier: Apache-2.0
/**
 * What a running agent or reflector answers on its local socket (`<run-dir>/weft.sock`, HTTP with JSON).
 * The CLI prints these rows as tables, or as they stand with `-o json|yaml`.
 */

/** GET /v1/status */
export interface StatusReply {
  readonly component: "agent" | "reflector";
  readonly host: string;
  readonly version: string;
  readonly pid: number;
  /** Seconds. */
  readonly uptime: number;
  /** `ready`: sessions may still be down, but everything we control is done. */
  readonly state: "starting" | "ready" | "degraded" | "stopping";
  readonly asn: number;
  readonly routerId: string;
  readonly peers: { readonly configured: number; readonly established: number };
  readonly routes: number;
  /** Agent only. */
  readonly networks?: { readonly total: number; readonly failing: number };
  /** DHCP and DNS: domains with a network that has it, those that are served now, and the addresses given. */
  readonly dhcp?: { readonly domains: number; readonly serving: number; readonly leases: number } | undefined;
  readonly kernel?: { readonly objects: number; readonly pending: number; readonly failing: number; readonly lastAudit: string | null };
  /** What an operator should look at, most important first. */
  readonly problems: readonly Problem[];
}

export interface Problem {
  /** Stable code `WEFT_…`. */
  readonly code: string;
  /** What it is about: `network web`, `peer 10.0.0.4`, `fdb 02:… dev vx100`. */
  readonly object: string;
  readonly message: string;
  /** When it was first seen, ISO 8601. */
  readonly since: string;
}

/** GET /v1/bgp/peers with these filters; all that are present must match. */
export interface PeerQuery {
  /** A state, or `failed`: any but established, peers that an operator shut down left out. */
  readonly state?: PeerRow["state"] | "failed";
  /** An address, or a prefix that holds it. */
  readonly peer?: string;
  readonly asn?: number;
}

export interface PeerRow {
  readonly peer: string;
  readonly asn: number;
  readonly routerId: string | null;
  readonly role: "client" | "non-client" | "ebgp";
  readonly state: "idle" | "connect" | "active" | "open-sent" | "open-confirm" | "established";
  /** Came in through a range instead of by name. */
  readonly dynamic: boolean;
  /** Seconds in this state. */
  readonly since: number;
  readonly families: readonly string[];
  readonly received: number;
  readonly sent: number;
  readonly holdTime: number | null;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** UPDATEs of this session. */
  readonly updatesIn: number;
  readonly octetsIn: number;
  readonly octetsOut: number;
  /** Octets that wait for it to read, and changed routes that it has yet to hear of. */
  readonly queued: number;
  readonly lagging: number;
  readonly malformed: number;
  /** What was not taken from it in this session, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Announcements not taken in this session, by the rule that refused them. */
  readonly refused: readonly RefusalRow[];
  /** Routes that an export policy kept from it and the peers that get the same, each time that they changed. */
  readonly keptBack: readonly RefusalRow[];
  /** Directions in which routes come with several paths (RFC 7911); null without a session. */
  readonly addPath: { readonly receive: boolean; readonly send: boolean } | null;
  /** Routes that it could have and did not ask for by route target (RFC 4684), and the route targets that it asked for. */
  readonly withheld: number;
  readonly memberships: number;
  /** Most routes that it may announce; null: any number. */
  readonly maximumRoutes: number | null;
  readonly flaps: number;
  /** `down`: by an operator or a limit. */
  readonly admin: "up" | "down";
  /** Why the last session ended, in words; null when there was none. */
  readonly lastError: string | null;
  readonly hostname: string | null;
  readonly description: string | null;
  /** State of BFD; null where it does not watch. */
  readonly bfd: "up" | "down" | null;
}

/** A row of GET /v1/bfd/peers. Intervals in ms. */
export interface BfdRow {
  readonly peer: string;
  readonly local: string;
  readonly multihop: boolean;
  readonly state: "admin-down" | "down" | "init" | "up";
  /** Seconds in this state. */
  readonly since: number;
  /** Why the session last left Up, as RFC 5880 §4.1 names it. */
  readonly diagnostic: string;
  readonly localDiscriminator: number;
  /** 0: nothing is heard. */
  readonly remoteDiscriminator: number;
  readonly remoteState: string | null;
  readonly remoteDiagnostic: string | null;
  /** What we wish, and what the peer wishes; null while it is not heard. */
  readonly transmit: number;
  readonly receive: number;
  readonly multiplier: number;
  readonly remoteTransmit: number | null;
  readonly remoteReceive: number | null;
  readonly remoteMultiplier: number | null;
  /** Between packets of ours, before jitter. */
  readonly interval: number;
  /** How long silence is borne; null while nothing is heard. */
  readonly detectionTime: number | null;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly ups: number;
  readonly downs: number;
  /** Why it last went down, in words; null when it never did. */
  readonly lastDown: string | null;
  /** Why it cannot send; null when it can. */
  readonly problem: string | null;
}

export interface RefusalRow {
  readonly by: "policy" | "admission" | "limit";
  /** Name of the policy; of the others, their kind. */
  readonly policy: string;
  /** Name of the rule or `default`; of admission what was not the peer's own: `next-hop`, `rd`, `route-target`, `mac`. */
  readonly rule: string;
  /** Where the rule stands in the daemon's configuration file; null: nowhere. */
  readonly line: number | null;
  readonly routes: number;
}

/** A row of GET /v1/bgp/routes with the parameters of {@link RouteQuery}. */
export interface RouteRow {
  readonly family: string;
  /** `[2]:[0]:[48]:[02:…]:[32]:[192.168.1.2]`, as FRR prints it. */
  readonly route: string;
  readonly type: number;
  readonly rd: string;
  readonly nextHop: string;
  readonly peer: string;
  readonly best: boolean;
  readonly stale: boolean;
  readonly localPref: number | null;
  readonly asPath: string;
  readonly routeTargets: readonly string[];
  readonly communities: readonly string[];
  readonly labels: readonly number[];
  readonly mac: string | null;
  readonly ip: string | null;
}

/**
 * One page of routes; `next` goes into `after` of the request for the next one, null: there is none. GET /v1/bgp/routes?stream=1 gives
 * rows as NDJSON instead, all of them or `limit`, as fast as they are read. Either way a route that is there from the first
 * to the last row is given exactly once; one that comes or goes meanwhile may be given or not.
 */
export interface RoutesReply {
  readonly rows: readonly RouteRow[];
  readonly next: string | null;
}

/** The filters of GET /v1/bgp/routes; all that are present must match. */
export interface RouteQuery {
  /** EVPN route type as a number or a name: `2`, `macip`, `multicast`. */
  readonly type?: string;
  /** Name of a network of this agent: routes with one of its import targets. */
  readonly network?: string;
  /** Routes whose label is this VNI. */
  readonly vni?: number;
  readonly mac?: string;
  /**
   * An address: routes of that host, those that a VTEP with it originates, and per set of route targets the type-5 routes to the
   * longest prefix that holds it. A prefix: type-5 routes to exactly that.
   */
  readonly ip?: string;
  readonly rd?: string;
  /** `ASN:NUMBER`; `*:NUMBER` for any administrator. */
  readonly rt?: string;
  /** Address of the peer that it came from, or `local`. */
  readonly peer?: string;
  /** Address of a peer: best paths that it is sent. */
  readonly sentTo?: string;
  /** A standard, large or well-known community, or `RT:`, `RO:` and two numbers. */
  readonly community?: string;
  readonly nextHop?: string;
  readonly origin?: "igp" | "egp" | "incomplete";
  /** ORIGINATOR_ID, or the BGP identifier of the peer. */
  readonly originator?: string;
  readonly family?: string;
  /** Only the paths that are used. */
  readonly best?: boolean;
  readonly limit?: number;
  readonly after?: string;
}

/** GET /v1/bgp/route?route=, with `rd` where several routes are called so: at most 100 of them. */
export interface RouteDetailRow {
  readonly family: string;
  readonly route: string;
  readonly rd: string;
  /** In wire form, hexadecimal: what `weft bgp decode --as nlri` takes. */
  readonly nlri: string;
  /** The best one first. */
  readonly paths: readonly PathDetail[];
  readonly sentTo: readonly string[];
  readonly notSentTo: readonly { readonly reason: string; readonly peers: readonly string[] }[];
}

export interface PathDetail extends RouteRow {
  /** All path attributes, a line for each. */
  readonly attributes: readonly string[];
  /** Why it is not used; null for the best one. */
  readonly lost: {
    /** Step of the decision, as numbered in `src/bgp/rib/best-path.ts` and the manual. */
    readonly step: number;
    readonly name: string;
    /** Peer of the path that it lost to. */
    readonly to: string;
  } | null;
}

/** A row of GET /v1/bgp/memberships?peer=: who asks for a route target — RFC 4684. */
export interface MembershipRow {
  /** `65000:100`, the first bits of one in hexadecimal with their number, `default` for all routes. */
  readonly target: string;
  readonly originAs: number | null;
  /** How many ask for it, and the names of the first of them; `local`: this daemon. */
  readonly count: number;
  readonly askedBy: readonly string[];
}

/** GET /v1/bgp/summary */
export interface BgpSummaryReply {
  readonly asn: number;
  readonly routerId: string;
  readonly clusterId: string | null;
  readonly peers: {
    readonly configured: number;
    readonly dynamic: number;
    readonly established: number;
    /** How many are in which state; states that nobody is in are left out. */
    readonly states: Readonly<Partial<Record<PeerRow["state"], number>>>;
  };
  readonly families: readonly FamilySummary[];
  /** Different sets of path attributes. */
  readonly attributeSets: number;
  /** Of the tables, octets; the JavaScript heap comes on top. */
  readonly memory: number;
}

export interface FamilySummary {
  readonly family: string;
  /** Different routes. */
  readonly routes: number;
  /** All paths to them. */
  readonly paths: number;
}

/** POST /v1/bgp/refresh|shutdown|enable with `{peer}` (`all` for every one), `{message}` for shutdown: the peers that it was done to. */
export interface PeerActionReply {
  readonly peers: readonly string[];
}

/** POST /v1/evpn/duplicates/clear with `{network?, mac?}` */
export interface ClearReply {
  readonly cleared: number;
}

/** POST /v1/reload; a file that is not valid gives an {@link ErrorReply} with status 422, and nothing has changed. */
export interface ReloadReply {
  /** One sentence per difference that was applied; empty when the file says what already holds. */
  readonly changes: readonly string[];
}

/** GET /health, /health/live, /health/ready: 200 when well, else 503. */
export interface HealthReply {
  readonly status: "ok" | "failing";
  readonly state: StatusReply["state"];
  readonly reasons: readonly string[];
}

/** GET /v1/evpn/networks */
export interface NetworkRow {
  readonly network: string;
  readonly vni: number;
  readonly domain: string | null;
  readonly namespace: string | null;
  readonly bridge: string;
  /** Addresses of the gateway, with the length of their subnet. */
  readonly gateways: readonly string[];
  readonly vxlan: string;
  readonly mtu: number | null;
  readonly rd: string;
  readonly importTargets: readonly string[];
  readonly exportTargets: readonly string[];
  readonly mode: "own" | "adopt";
  readonly localMacs: number;
  readonly remoteMacs: number;
  readonly vteps: number;
  /** What becomes of questions about addresses that nobody announced, and how many were dropped. */
  readonly unknownNeighbours: "flood" | "drop";
  readonly droppedArp: number;
  readonly droppedNd: number;
  readonly state: "ready" | "pending" | "failing" | "refused";
  readonly reason: string | null;
}

/** GET /v1/evpn/domains */
export interface DomainRow {
  readonly domain: string;
  /** Null: nothing is routed between hosts. */
  readonly l3vni: number | null;
  readonly namespace: string;
  readonly vxlan: string | null;
  readonly routerMac: string | null;
  readonly rd: string;
  readonly importTargets: readonly string[];
  readonly exportTargets: readonly string[];
  readonly networks: readonly string[];
  /** Installed routes to hosts and to larger prefixes, and those that wait for something. */
  readonly hosts: number;
  readonly prefixes: number;
  readonly unresolved: number;
  /** Prefixes of this host that are announced. */
  readonly announced: number;
  /** VTEPs that routes lead to. */
  readonly vteps: number;
  readonly state: "ready" | "pending" | "failing";
  readonly reason: string | null;
}

/** GET /v1/evpn/prefixes?domain=&ip= */
export interface PrefixRow {
  readonly domain: string;
  readonly prefix: string;
  /** `subnet`, `static`, `kernel`: of this host. `host`: a MAC/IP route with two labels, `prefix`: a type 5 route. */
  readonly source: "subnet" | "static" | "kernel" | "host" | "prefix";
  readonly state: "local" | "installed" | "unresolved";
  readonly paths: readonly PrefixPathRow[];
  /** What an unresolved one waits for. */
  readonly reason: string | null;
}

/** Where packets go: next hop and device as the kernel has them, and what is behind: another host, or another domain of this one. */
export interface PrefixPathRow {
  readonly via: string | null;
  readonly dev: string | null;
  readonly vtep: string | null;
  readonly vni: number | null;
  readonly routerMac: string | null;
  readonly domain: string | null;
}

/** GET /v1/evpn/ports */
export interface PortRow {
  readonly port: string;
  readonly network: string;
  readonly vni: number;
  readonly interface: string;
  readonly mac: string | null;
  readonly ips: readonly string[];
  /** `waiting`: the interface is not there yet, or not in its bridge. */
  readonly state: "attached" | "waiting";
}

/** GET /v1/evpn/vteps */
export interface VtepRow {
  readonly network: string;
  readonly vni: number;
  readonly vtep: string;
  readonly macs: number;
}

/** GET /v1/evpn/macs */
export interface MacRow {
  readonly network: string;
  readonly vni: number;
  readonly mac: string;
  readonly where: "local" | "remote";
  /** Interface when local, address of the VTEP when remote. */
  readonly at: string;
  readonly sequence: number;
  readonly sticky: boolean;
  readonly origin: "declared" | "learned" | "bgp";
  readonly ips: readonly string[];
  readonly quarantined: boolean;
}

/** GET /v1/evpn/neighbours */
export interface NeighbourRow {
  readonly network: string;
  readonly vni: number;
  readonly ip: string;
  readonly mac: string;
  readonly where: "local" | "remote";
  readonly at: string;
  /** `declared`: in the configuration; `learned`: seen by this host; `bgp`: told by another. */
  readonly origin: "declared" | "learned" | "bgp";
}

/** GET /v1/evpn/duplicates */
export interface DuplicateRow {
  readonly network: string;
  readonly vni: number;
  /** In quarantine; or which keeps the IP that is, null when it let it go. */
  readonly mac: string | null;
  /** Null when it is the MAC that is in quarantine. */
  readonly ip: string | null;
  readonly moves: number;
  readonly since: string;
  /** When it is let free by itself; null: only by command. */
  readonly until: string | null;
}

/** GET /v1/dhcp/leases?domain= */
export interface LeaseRow {
  readonly domain: string;
  readonly ip: string;
  /** Of the workload, as DHCP told it; null when it has none. */
  readonly name: string | null;
  /** ISO 8601; null: never. */
  readonly expires: string | null;
}

/** GET /v1/nat/floating */
export interface FloatingIpRow {
  readonly address: string;
  readonly port: string | null;
  readonly domain: string | null;
  /** Null for a port that this host's configuration does not have. */
  readonly inner: string | null;
  readonly state: "active" | "elsewhere" | "pending" | "refused" | "failing";
  readonly announce: readonly ("arp" | "bgp")[];
  readonly in: { readonly packets: number; readonly bytes: number };
  readonly out: { readonly packets: number; readonly bytes: number };
  readonly reason: string | null;
}

/** GET /v1/nat/outbound : domains with outbound NAT that are on this host. */
export interface OutboundRow {
  readonly domain: string;
  /** Null while the public interface has none. */
  readonly address: string | null;
  /** `1024-65535` */
  readonly ports: string;
  /** Address of the domain's end of its link. */
  readonly link: string;
  /** What the host and its logs see as the source of connections: that address, or those of workloads. */
  readonly source: "link" | "workload";
  /** Tracked in the domain now. */
  readonly connections: number;
  readonly limit: number | null;
  /** Packets refused because of the limit. */
  readonly refused: number;
  /** Packets refused because the host had no port left towards a destination; of all domains. */
  readonly exhausted: number;
  /** Packets dropped that had no address for outside. */
  readonly untranslated: number;
  readonly announced: readonly string[];
}

/** GET /v1/kernel/diff : empty when the kernel holds what we want. */
export interface KernelDiffRow {
  readonly namespace: string | null;
  readonly object: string;
  readonly change: "missing" | "different" | "surplus" | "conflict";
  readonly wanted: string | null;
  readonly actual: string | null;
  readonly error: string | null;
}

/** GET /v1/events?follow=1 : NDJSON, the kept ones first. */
export interface EventRow {
  readonly time: string;
  /** Stable name, `bgp.session-up`, `evpn.mac-moved`, `kernel.repaired`. */
  readonly event: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** Any answer with a status of 400 and above. */
export interface ErrorReply {
  readonly error: { readonly code: string; readonly message: string };
}
