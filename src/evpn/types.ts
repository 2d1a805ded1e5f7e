// SPDX-License-Identifier: Apache-2.0
/** Seam types between BGP, the EVPN tables and the agent. Plain data: can be printed, recorded and replayed. */
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import type { Prefix } from "../base/net/prefix.ts";
import type { Rd } from "../base/net/rd.ts";
import type { LocalRoute } from "../bgp/rib/types.ts";
import type { Family } from "../bgp/wire/family.ts";

/** A route target by its usual text: `65000:100`, `10.0.0.1:7`, `4200000000:1`; `*:100` in an import list matches any administrator. */
export type RouteTarget = string;

/** A network as EVPN sees it: one MAC-VRF per VNI (RFC 7432 §6.1 VLAN-based service, RFC 8365 §5.1). */
export interface MacVrf {
  readonly network: string;
  readonly vni: number;
  readonly rd: Rd;
  readonly importTargets: readonly RouteTarget[];
  readonly exportTargets: readonly RouteTarget[];
  /** Address of this host's VTEP: next hop of what we originate. */
  readonly vtep: Ip;
  /** The IP-VRF that routes for it. */
  readonly domain?: string | undefined;
  /** Subnets whose gateway this host is, as every host with this network. */
  readonly subnets?: readonly RoutedSubnet[] | undefined;
  /** MAC of the gateway, the same on every host. */
  readonly gatewayMac?: Mac | undefined;
}

/** A subnet of a network with its anycast gateway — RFC 9135 §4. */
export interface RoutedSubnet {
  readonly prefix: Prefix;
  readonly gateway: Ip;
}

/** A domain as EVPN sees it: an IP-VRF with its own VNI, for symmetric IRB (RFC 9135) and prefixes (RFC 9136 §4.4.1, interface-less). */
export interface IpVrf {
  readonly domain: string;
  readonly l3vni: number;
  readonly rd: Rd;
  readonly importTargets: readonly RouteTarget[];
  readonly exportTargets: readonly RouteTarget[];
  readonly vtep: Ip;
  /** Inner destination MAC of what is routed to this host: address of its L3 VXLAN device — RFC 9135 §8.1. */
  readonly routerMac: Mac;
}

/** What this host knows of its own workloads. */
export interface LocalMac {
  readonly network: string;
  readonly mac: Mac;
  /** Interface behind which it is. */
  readonly port: string;
  /** RFC 7432 §15.2: may not move. */
  readonly sticky: boolean;
  /** Declared ports are known from the configuration; the others were seen by the kernel. */
  readonly origin: "declared" | "learned";
}

export interface LocalNeighbour {
  readonly network: string;
  readonly ip: Ip;
  readonly mac: Mac;
  readonly origin: "declared" | "learned";
}

/** A prefix that this host reaches, beside the subnets of its networks, for which it need not be told. */
export interface LocalPrefix {
  readonly domain: string;
  readonly prefix: Prefix;
  /** `static`: from the configuration; `kernel`: somebody's route in the domain's namespace. */
  readonly origin: "static" | "kernel";
}

/**
 * News from the host. A `mac-up` of a MAC that routes say is elsewhere is a move to here (RFC 7432 §15), also when nothing else
 * in it is new: it is to be told when the MAC is attached or seen, not to refresh what was told before.
 */
export type LocalChange = NetworkFact | PrefixFact;

export type NetworkFact =
  | { readonly kind: "mac-up"; readonly mac: LocalMac }
  | { readonly kind: "mac-down"; readonly network: string; readonly mac: Mac }
  | { readonly kind: "neighbour-up"; readonly neighbour: LocalNeighbour }
  | { readonly kind: "neighbour-down"; readonly network: string; readonly ip: Ip };

export type PrefixFact =
  | { readonly kind: "prefix-up"; readonly prefix: LocalPrefix }
  | { readonly kind: "prefix-down"; readonly domain: string; readonly prefix: Prefix };

/** A route to originate or to take back. */
export type Origination =
  | { readonly kind: "announce"; readonly route: LocalRoute }
  /** Family absent: EVPN. */
  | { readonly kind: "withdraw"; readonly nlri: Uint8Array; readonly family?: Family };

/** What the forwarding plane of one network or domain must know of the rest of the fabric. `undefined` takes the entry away. */
export type ForwardingChange = NetworkForwarding | PrefixForwarding;

export type NetworkForwarding =
  | { readonly kind: "remote-mac"; readonly network: string; readonly mac: Mac; readonly remote: RemoteMac | undefined }
  | { readonly kind: "remote-neighbour"; readonly network: string; readonly ip: Ip; readonly mac: Mac | undefined }
  /** `vni` is that of the type-3 route's label: the network's own except where downstream assignment is used. */
  | { readonly kind: "flood"; readonly network: string; readonly vtep: Ip; readonly present: boolean; readonly vni: number }
  /** A MAC in quarantine (RFC 7432 §15.1) or claimed elsewhere while sticky here: what the kernel must do about the local entry. */
  | { readonly kind: "local-mac"; readonly network: string; readonly mac: Mac; readonly verdict: "forget" | "keep" };

/** A route of a domain, host routes (/32, /128) included; without a path it goes. Paths are in a fixed order, each VTEP once. */
export interface PrefixForwarding {
  readonly kind: "prefix";
  readonly domain: string;
  readonly prefix: Prefix;
  readonly paths: readonly PrefixPath[];
}

/** One next hop of a prefix; equal ones are one object mostly, so that they compare quickly. */
export type PrefixPath =
  /** `vni` is the route's label; `isForeign`: not the domain's own, as with routes of other domains and with an ESI (RFC 9136 §4.3). */
  | { readonly kind: "tunnel"; readonly vtep: Ip; readonly routerMac: Mac; readonly vni: number; readonly isForeign: boolean }
  /** A station in a network of this host (RFC 9136 §4.1), known there as neighbour, here or remote: `via … dev BRIDGE onlink`. */
  | { readonly kind: "gateway"; readonly network: string; readonly via: Ip }
  /** What is here in another domain, and looked up there. */
  | { readonly kind: "domain"; readonly domain: string };

export interface RemoteMac {
  readonly vtep: Ip;
  /** VNI from the route's label: equals the network's own except where downstream assignment is used. */
  readonly vni: number;
  readonly sticky: boolean;
  /** MAC mobility sequence number, 0 when the community is absent. */
  readonly sequence: number;
}

export type EvpnEvent =
  | {
      readonly kind: "mac-moved";
      readonly network: string;
      readonly mac: Mac;
      readonly from: string;
      readonly to: string;
      readonly sequence: number;
    }
  | { readonly kind: "duplicate-detected"; readonly network: string; readonly mac: Mac; readonly moves: number; readonly seconds: number }
  | { readonly kind: "duplicate-cleared"; readonly network: string; readonly mac: Mac; readonly by: "operator" | "timer" }
  /** `mac`: which one keeps the IP. */
  | {
      readonly kind: "duplicate-ip-detected";
      readonly network: string;
      readonly ip: Ip;
      readonly mac: Mac;
      readonly moves: number;
      readonly seconds: number;
    }
  | { readonly kind: "duplicate-ip-cleared"; readonly network: string; readonly ip: Ip; readonly by: "operator" | "timer" }
  | { readonly kind: "sticky-conflict"; readonly network: string; readonly mac: Mac; readonly vtep: Ip }
  /** Two hosts with one router MAC: only the first, the lower VTEP, is sent to. */
  | { readonly kind: "router-mac-conflict"; readonly domain: string; readonly mac: Mac; readonly vteps: readonly [Ip, Ip] }
  | { readonly kind: "route-ignored"; readonly nlri: string; readonly why: string };

/**
 * RFC 7432 §15.1: a MAC that moves `moves` times (N) within `windowMs` (M) between here and elsewhere is a duplicate; and so is an IP that
 * goes so often from one MAC to another (RFC 9161 §3.7).
 */
export interface DuplicatePolicy {
  /** N, 5 by default. */
  readonly moves: number;
  /** M, 180,000 by default. */
  readonly windowMs: number;
  /**
   * `freeze` (default): nothing new is announced or installed for the MAC until it is cleared; what stands may only go away.
   * `warn`: the event and nothing else, as FRR without `dup-addr-detection freeze`. `off`: moves are not counted.
   */
  readonly action: "freeze" | "warn" | "off";
  /** Quarantine ends by itself after this long; undefined: only by command. Half an hour by default. */
  readonly recoverMs: number | undefined;
}

/** Everything one step of the EVPN tables gives back. */
export interface EvpnOutput {
  readonly routes: readonly Origination[];
  readonly forwarding: readonly ForwardingChange[];
  readonly events: readonly EvpnEvent[];
}
