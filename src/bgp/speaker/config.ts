// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { Endpoint } from "../../base/sys/socket-address.ts";
import type { PeerPolicy } from "../rib/policy/model.ts";
import type { KeepWhenSilent, PeerAsn } from "../session/config.ts";
import type { Family } from "../wire/family.ts";

/** Everything a speaker has to know. Plain data; times in seconds. */
export interface SpeakerConfig {
  readonly asn: number;
  /** BGP identifier as a dotted quad. */
  readonly routerId: Ip;
  /** Announced in the FQDN capability; absent: the capability is left out. */
  readonly hostname?: string;
  /** Where peers may connect; none: we only connect ourselves. */
  readonly listen: readonly Endpoint[];
  /** Path of the network namespace in which the sockets live; absent: the process's own. */
  readonly namespace?: string;
  readonly peers: readonly PeerConfig[];
  readonly dynamicPeers: readonly DynamicPeerConfig[];
  readonly timers: TimerConfig;
  /** Present: reflect between clients (RFC 4456). */
  readonly reflector?: { readonly clusterId: Ip };
  readonly gracefulRestart: GracefulRestartConfig;
}

export interface TimerConfig {
  /** Hold time to propose: 0 or at least 3. */
  readonly hold: number;
  /** Absent: a third of the negotiated hold time. */
  readonly keepalive?: number;
  /** The longest pause between attempts to connect; the first ones are much shorter. */
  readonly connectRetry: number;
}

export const defaultTimers: TimerConfig = { hold: 90, connectRetry: 30 };

/** RFC 4724, RFC 8538, RFC 9494. */
export interface GracefulRestartConfig {
  readonly enabled: boolean;
  /** How long peers shall keep our routes for us to come back, 1…4095. */
  readonly restartTime: number;
  /** How long a peer's stale routes are kept at most, counted from its return. */
  readonly stalePathTime: number;
  /** Long-lived stale time; absent or 0: not offered. */
  readonly longLived?: number;
  /** Offer RFC 8538: a NOTIFICATION that is no Hard Reset does not cost the routes either. Absent: yes. */
  readonly notifications?: boolean;
  /** What of the routes of a peer that fell silent stays until its restart time is over. Absent: what it reflected for others. */
  readonly keepWhenSilent?: KeepWhenSilent;
}

export const defaultGracefulRestart: GracefulRestartConfig = { enabled: true, restartTime: 120, stalePathTime: 360 };

/** What peers by address and by range share. */
export interface SessionSettings {
  readonly asn: PeerAsn;
  readonly description?: string;
  readonly families: readonly Family[];
  /** TCP MD5 key, RFC 2385. */
  readonly password?: string;
  /** GTSM: the peer is at most this many hops away; both ends send with TTL 255. */
  readonly ttlSecurity?: number;
  /** TTL of what we send. Absent: 1 to another AS, 64 within ours, 255 with `ttlSecurity`. */
  readonly multihop?: number;
  /** Absent: as in {@link TimerConfig}. */
  readonly holdTime?: number;
  readonly keepalive?: number;
  readonly connectRetry?: number;
  /** A client of this reflector. */
  readonly client?: boolean;
  readonly maximumPrefix?: MaximumPrefix;
  /** Several paths of an EVPN route — RFC 7911. Absent: the best one. */
  readonly addPath?: AddPathConfig;
  readonly policy?: SessionPolicy;
  /** Present: the way to the peer is to be watched by BFD. The speaker only carries this; see `SpeakerOptions.onPeer`. */
  readonly bfd?: BfdSettings;
}

/** Wishes of a BFD session, RFC 5880. */
export interface BfdSettings {
  /** ms */
  readonly transmit: number;
  /** ms */
  readonly receive: number;
  readonly multiplier: number;
  /** RFC 5883 rather than RFC 5881. `auto`: for a peer that is on no network of ours. */
  readonly multihop: "auto" | "always" | "never";
}

export interface AddPathConfig {
  readonly receive: boolean;
  /** All that may go there, or so many of the best. */
  readonly send?: "all" | number;
}

export interface MaximumPrefix {
  readonly limit: number;
  /** Percent of the limit at which an event is reported. Absent: 75. */
  readonly warning?: number;
  /** What more routes do. `reset`, also when absent: end the session — RFC 4486 §4; `warn`: nothing; `drop`: they are not taken. */
  readonly action?: "reset" | "warn" | "drop";
  /** After a reset the session may come up again after this time. Absent: when an operator enables it. */
  readonly restart?: number;
}

/** As {@link PeerPolicy}, before the session says who the peer is. */
export interface SessionPolicy extends Pick<PeerPolicy, "import" | "export" | "admission"> {
  /** Route targets of the peer's AS become ours. */
  readonly rewriteTargets?: true;
}

export interface PeerConfig extends SessionSettings {
  readonly address: Ip;
  /** Absent: 179. */
  readonly port?: number;
  /** Never connect, only accept. */
  readonly passive?: boolean;
  readonly localAddress?: Ip;
  /** Down until an operator enables it. */
  readonly shutdown?: boolean;
}

/** Peers that are known by where they connect from; the longest range that matches counts. */
export interface DynamicPeerConfig extends SessionSettings {
  readonly range: Prefix;
  /** Most of them at a time; absent: any number. */
  readonly limit?: number;
}

export const bgpPort = 179;
