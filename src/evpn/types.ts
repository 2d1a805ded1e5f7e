// SPDX-License-Identifier: Apache-2.0
/** Seam types between BGP, the EVPN tables and the agent. Plain data: can be printed, recorded and replayed. */
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import type { Rd } from "../base/net/rd.ts";
import type { LocalRoute } from "../bgp/rib/types.ts";

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

/**
 * News from the host. A `mac-up` of a MAC that routes say is elsewhere is a move to here (RFC 7432 §15), also when nothing else
 * in it is new: it is to be told when the MAC is attached or seen, not to refresh what was told before.
 */
export type LocalChange =
  | { readonly kind: "mac-up"; readonly mac: LocalMac }
  | { readonly kind: "mac-down"; readonly network: string; readonly mac: Mac }
  | { readonly kind: "neighbour-up"; readonly neighbour: LocalNeighbour }
  | { readonly kind: "neighbour-down"; readonly network: string; readonly ip: Ip };

/** A route to originate or to take back. */
export type Origination =
  | { readonly kind: "announce"; readonly route: LocalRoute }
  | { readonly kind: "withdraw"; readonly nlri: Uint8Array };

/** What the forwarding plane of one network must know of the rest of the fabric. `undefined` takes the entry away. */
export type ForwardingChange =
  | { readonly kind: "remote-mac"; readonly network: string; readonly mac: Mac; readonly remote: RemoteMac | undefined }
  | { readonly kind: "remote-neighbour"; readonly network: string; readonly ip: Ip; readonly mac: Mac | undefined }
  /** `vni` is that of the type-3 route's label: the network's own except where downstream assignment is used. */
  | { readonly kind: "flood"; readonly network: string; readonly vtep: Ip; readonly present: boolean; readonly vni: number }
  /** A MAC in quarantine (RFC 7432 §15.1) or claimed elsewhere while sticky here: what the kernel must do about the local entry. */
  | { readonly kind: "local-mac"; readonly network: string; readonly mac: Mac; readonly verdict: "forget" | "keep" };

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
