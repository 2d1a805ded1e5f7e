// SPDX-License-Identifier: Apache-2.0
import type { Static } from "typebox";
import { choice, flag, integer, integerOr, integersOr, list, mapping, optional, section, text, words } from "./key.ts";
import { admissionSchema, policySchema } from "./policy-schema.ts";

const asn = { minimum: 1, maximum: 4_294_967_295 } as const;

const peerAsn = (description: string) => integersOr("external", asn.minimum, asn.maximum, { description });

/** Families that a session may have. The routing table holds EVPN; what comes of the others is counted and passed over. */
export const configFamilies = ["l2vpn-evpn", "rt-constrain", "ipv4-unicast", "ipv6-unicast"] as const;

const families = list(choice(configFamilies, { description: "Name of an address family" }), {
  description:
    "Address families to offer in the OPEN message. `rt-constrain` (RFC 4684): each side is sent only routes with route targets that it imports; a peer that does not know it gets all. `ipv4-unicast` and `ipv6-unicast` are for routers of the underlay: they are told floating IPs and public subnets; their routes are counted and passed over",
  default: ["l2vpn-evpn", "rt-constrain"],
});

const holdTime = {
  description: "Hold time to propose; the lower of both sides' counts. 0: no keepalives and no hold timer",
  unit: "seconds",
};

const bfdInterval = (description: string) => integer(10, 60_000, { description, unit: "milliseconds", default: 300 });

const bfd = section(
  {
    enabled: flag({ description: "Watch the way to the peer", default: true }),
    transmit: bfdInterval("How often we would send; the peer may want it slower"),
    receive: bfdInterval("How often we would receive; the peer may send slower"),
    multiplier: integer(1, 255, { description: "How many packets of ours may be missing before the peer calls us down", default: 3 }),
    multihop: choice(["auto", "always", "never"], {
      description:
        "Whether routers may be on the way (RFC 5883, port 4784) or not (RFC 5881, port 3784); both ends must agree. `auto`, as FRR does: for a peer that is on no network of ours, and for one of another AS with `multihop`",
      default: "auto",
    }),
  },
  {
    description:
      "Watch the way to the peer with BFD (RFC 5880) as soon as its session is up, and end the session at once when the way is broken",
    shorthand: "enabled",
  },
);

const addPath = section(
  {
    receive: flag({ description: "Take several paths of a route from the peer", default: false }),
    send: optional(
      integerOr("all", 1, 64, {
        description: "Paths of a route to send: `all` that may go to the peer, or so many of the best",
        defaultText: "the best one, without an identifier",
      }),
    ),
  },
  { description: "Several paths of an EVPN route on one session (RFC 7911); a direction needs both sides" },
);

/** Keys that a peer by name and a peer by range share. */
const sessionKeys = {
  addPath: optional(addPath),
  families,
  description: optional(words({ description: "Text for people, shown beside the peer", maxLength: 200 })),
  password: optional(
    words({ description: "TCP MD5 key (RFC 2385); both sides need the same. At most 80 octets, a limit of the kernel", maxLength: 80 }),
  ),
  client: flag({ description: "Reflect routes to and from this peer (RFC 4456); needs `bgp.reflector` and the same ASN", default: false }),
  holdTime: optional(integer(0, 65_535, { ...holdTime, defaultText: "`bgp.timers.hold`" })),
  ttlSecurity: optional(
    integer(1, 254, {
      description: "GTSM (RFC 5082): drop segments from farther away than this many hops; the peer must send with TTL 255",
      unit: "hops",
      defaultText: "off",
    }),
  ),
  multihop: optional(
    integer(1, 255, {
      description: "TTL of what we send to a peer of another AS",
      unit: "hops",
      defaultText: "1 for another AS, 64 for our own",
    }),
  ),
  bfd: optional(bfd),
  maxRoutes: optional(
    section(
      {
        limit: integer(1, 100_000_000, {
          description: "Most routes of the peer; just the number may stand for the section",
          unit: "routes",
        }),
        warning: integer(1, 100, { description: "From this part of the limit on there is an event", unit: "percent", default: 75 }),
        action: choice(["reset", "warn", "drop"], {
          description:
            "What happens beyond the limit. `reset`: the session ends with a Cease (RFC 4486); `warn`: an event, no more; `drop`: routes that are new are not taken, those that are there still change",
          default: "reset",
        }),
        restart: optional(
          integer(1, 86_400, {
            description: "After a reset the session may come up again after this time",
            unit: "seconds",
            defaultText: "only after `weft bgp enable`",
          }),
        ),
      },
      { description: "How many routes the peer may announce", shorthand: "limit" },
    ),
  ),
  importPolicy: optional(
    text("name", { description: "Policy for routes from the peer, one of `bgp.policies`", defaultText: "all are taken" }),
  ),
  exportPolicy: optional(
    text("name", { description: "Policy for routes to the peer, one of `bgp.policies`", defaultText: "all are sent" }),
  ),
  rewriteRouteTargets: flag({
    description:
      "Route targets `ASN:NUMBER` with the peer's AS number get ours as they come in, before the import policy: for automatic targets between ASes",
    default: false,
  }),
  admission: optional(admissionSchema),
};

const peer = section(
  {
    address: text("ip", { description: "The peer's address" }),
    asn: peerAsn("The peer's AS number; a list: any of these; `external`: any but ours"),
    port: optional(integer(1, 65_535, { description: "TCP port of the peer", defaultText: "`bgp.port`" })),
    localAddress: optional(text("ip", { description: "Source address of the session", defaultText: "chosen by the kernel" })),
    passive: flag({ description: "Wait for the peer to connect, never connect to it", default: false }),
    shutdown: flag({ description: "Keep the session down until `weft bgp enable`", default: false }),
    ...sessionKeys,
  },
  { description: "A peer by its address" },
);

const dynamicPeer = section(
  {
    range: text("prefix", { description: "Accept peers that connect from these addresses; the longest range that matches counts" }),
    asn: peerAsn("AS number that such a peer must have; a list: any of these; `external`: any but ours"),
    limit: optional(
      integer(1, 1_000_000, { description: "Most sessions out of this range at a time", unit: "sessions", defaultText: "no limit" }),
    ),
    ...sessionKeys,
  },
  { description: "Peers that are known by the range they connect from" },
);

const gracefulRestart = section(
  {
    enabled: flag({ description: "Offer graceful restart (RFC 4724), and keep the routes of peers that offer it", default: true }),
    restartTime: integer(1, 4_095, {
      description: "How long peers keep our routes after the session went down, for us to come back",
      unit: "seconds",
      default: 120,
    }),
    stalePathTime: integer(1, 86_400, {
      description: "Longest time that routes of a restarted peer are kept while it has not sent its End-of-RIB",
      unit: "seconds",
      default: 360,
    }),
    notifications: flag({
      description: "Offer RFC 8538: a session that ends by NOTIFICATION keeps its routes too, but for a Hard Reset",
      default: true,
    }),
    keepWhenSilent: choice(["nothing", "reflected", "everything"], {
      description:
        "Which routes of a peer that fell silent stay as well. `reflected`: those that it passed on for others, so that a dead host is forgotten with the hold time and a dead reflector costs nothing",
      default: "reflected",
    }),
    longLivedStaleTime: integer(0, 16_777_215, {
      description: "Long-lived graceful restart (RFC 9494): keep stale routes as a last resort this long after the restart time. 0: off",
      unit: "seconds",
      default: 0,
    }),
  },
  { description: "What happens to routes while a session is down", default: {} },
);

const timers = section(
  {
    hold: integer(0, 65_535, { ...holdTime, default: 90 }),
    keepalive: optional(
      integer(1, 21_845, { description: "Time between keepalives", unit: "seconds", defaultText: "a third of the negotiated hold time" }),
    ),
    connectRetry: integer(1, 65_535, { description: "Longest pause between attempts to connect", unit: "seconds", default: 30 }),
  },
  { description: "Timers of all sessions (RFC 4271 §10)", default: {} },
);

const reflector = section(
  {
    clusterId: optional(
      text("ipv4", { description: "Cluster id; reflectors that serve the same clients may share one", defaultText: "`bgp.routerId`" }),
    ),
  },
  { description: "Present: reflect routes between clients (RFC 4456)" },
);

const station = section(
  {
    address: text("ip", { description: "Address of the station" }),
    port: integer(1, 65_535, { description: "TCP port of the station", default: 11_019 }),
    localAddress: optional(text("ip", { description: "Source address of the connection", defaultText: "chosen by the kernel" })),
    tables: list(choice(["pre-policy", "post-policy", "loc-rib", "adj-rib-out"], { description: "Name of a table" }), {
      description:
        "What it is told of: what peers send, octet for octet; what is let in of that; the best paths (RFC 9069); what peers are sent (RFC 8671)",
      default: ["pre-policy", "loc-rib"],
    }),
    peers: optional(
      list(text("prefix", { description: "Addresses of peers" }), {
        description: "Only peers with these addresses",
        defaultText: "all peers",
      }),
    ),
    reconnect: integer(1, 720, {
      description: "Pause after the connection was lost; doubled with each attempt in vain, up to 12 minutes",
      unit: "seconds",
      default: 30,
    }),
    statistics: integer(0, 86_400, { description: "Time between statistics reports. 0: none", unit: "seconds", default: 60 }),
    queue: integer(1, 4_096, {
      description: "How much may wait for the station; beyond that all is dropped, and it gets everything anew after a new connection",
      unit: "MiB",
      default: 64,
    }),
  },
  { description: "A monitoring station (RFC 7854)" },
);

/** The `bgp` section, the same for agents and reflectors. */
export const bgpSchema = section(
  {
    asn: integer(asn.minimum, asn.maximum, { description: "Our AS number; automatic route targets are made from it" }),
    routerId: text("ipv4", {
      description: "BGP identifier, unique in the AS; automatic route distinguishers are made from it",
    }),
    listen: optional(
      list(text("endpoint", { description: "ADDRESS, ADDRESS:PORT or [IPV6]:PORT" }), {
        description: "Where to accept sessions; an empty list means nowhere",
        defaultText: "agent: the VTEP address; reflector: all addresses",
      }),
    ),
    port: integer(1, 65_535, { description: "TCP port of `listen` entries and peers that name none", default: 179 }),
    hostname: optional(
      words({
        description: "Name in the FQDN capability, shown by peers",
        maxLength: 64,
        defaultText: "agent: `host`; reflector: the machine's host name",
      }),
    ),
    peers: list(peer, { description: "Peers by address", default: [] }),
    dynamicPeers: list(dynamicPeer, { description: "Peers by range", default: [] }),
    gracefulRestart,
    timers,
    reflector: optional(reflector),
    bmp: list(station, { description: "Monitoring stations that are told of sessions and routes (BMP)", default: [] }),
    policies: mapping(policySchema, { description: "Policies by name, for `importPolicy` and `exportPolicy` of peers", default: {} }),
  },
  { description: "BGP speaker" },
);

export type BgpSection = Static<typeof bgpSchema>;
export type PeerSection = Static<typeof peer>;
export type DynamicPeerSection = Static<typeof dynamicPeer>;
