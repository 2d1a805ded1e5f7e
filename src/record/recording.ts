// SPDX-License-Identifier: Apache-2.0
/**
 * The lines of a recording (JSONL): a header, then in the order in which they happened
 * - `in`: what reached the process from outside,
 * - `ask`: what it asked of clock and kernel, with the answer,
 * - `out`: what it decided.
 * The `ask`s and `in`s are enough to run it again; the `out`s are what the second run is compared with.
 */
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import type { PeerPolicy } from "../bgp/rib/policy/model.ts";
import type { PeerDown, RibPeer } from "../bgp/rib/types.ts";
import type { Family } from "../bgp/wire/family.ts";
import type { AgentConfig, ReflectorConfig } from "../contract/config/load.ts";
import type { NetlinkEvent } from "../netlink/route/request.ts";
import type { ErrorRecord } from "./error-record.ts";

/** Raised when a reader of the one before would misread the lines. */
export const recordingFormat = 1;

interface HeaderOf<C extends string, Config> {
  readonly recording: "weft";
  readonly format: number;
  readonly component: C;
  /** Of the program that recorded. */
  readonly version: string;
  /** Wall clock, ISO 8601. */
  readonly began: string;
  /** Without passwords. */
  readonly config: Config;
}
export type AgentHeader = HeaderOf<"agent", AgentConfig>;
export type ReflectorHeader = HeaderOf<"reflector", ReflectorConfig>;
export type RecordingHeader = AgentHeader | ReflectorHeader;

/** What a station of a bridge said that its address is. */
export interface SightingRecord {
  /** Name of the namespace that the bridge is in; empty for that of the process. */
  readonly ns: string;
  /** ifindex of the bridge. */
  readonly index: number;
  readonly ip: Ip;
  readonly mac: Mac;
}

/** Path of a namespace; null: that of the process. */
export type NamespacePath = string | null;

/** Of the table of routes; slots are those of `peer-up`. */
export type RibRecord =
  | { readonly in: "peer-up"; readonly slot: number; readonly peer: RibPeer }
  | ({ readonly in: "peer-down"; readonly slot: number } & PeerDown)
  /** Body of an UPDATE in hex. */
  | { readonly in: "update"; readonly slot: number; readonly body: string }
  /** Null: none any more. */
  | { readonly in: "peer-policy"; readonly slot: number; readonly policy: PeerPolicy | null }
  | { readonly in: "route-refresh"; readonly slot: number; readonly family: Family; readonly enhanced: boolean }
  /** Family absent: EVPN. */
  | { readonly in: "mark-stale"; readonly slot: number; readonly family?: Family }
  /** Family absent: all. */
  | { readonly in: "sweep-stale"; readonly peer: number | string; readonly family?: Family }
  | { readonly in: "memberships-complete"; readonly slot: number }
  | { readonly in: "ask-for-all"; readonly value: boolean }
  | { readonly in: "sweep-own"; readonly peer: string }
  | { readonly in: "mark-long-lived"; readonly peer: number | string }
  | { readonly in: "drained"; readonly slot: number }
  | { readonly in: "flush" };

export type AgentRecord =
  | { readonly in: "start" }
  /** A timer ran; `due` on the scale of the answers to `now`. */
  | { readonly in: "timer"; readonly due: number }
  /** What waited longest for a turn of the loop ran. */
  | { readonly in: "turn" }
  | { readonly in: "events"; readonly ns: NamespacePath; readonly list: readonly NetlinkEvent[] }
  | { readonly in: "overrun"; readonly ns: NamespacePath; readonly reason: string }
  /** Somebody changed these tables of nftables in a namespace, by its name; null: perhaps any. */
  | { readonly in: "tables"; readonly ns: string; readonly tables: readonly string[] | null }
  /** The first `upTo` of all kernel decisions are done; of those that are new, these failed. */
  | { readonly in: "executed"; readonly upTo: number; readonly failed: readonly (readonly [n: number, error: ErrorRecord])[] }
  /** A part of a dump that gives the loop turns: dumps are numbered from 0, `of` is the question. After the `last` comes no other. */
  | {
      readonly in: "dumped";
      readonly dump: number;
      readonly of: string;
      /** Against the rows of the answer before to the same question. */
      readonly changed: readonly RowChange[];
      readonly last?: true;
      readonly failed?: ErrorRecord;
    }
  | { readonly in: "config"; readonly config: AgentConfig }
  | { readonly in: "sightings"; readonly list: readonly SightingRecord[] }
  | { readonly in: "converged"; readonly why: string }
  | { readonly in: "clear-duplicates"; readonly network: string | null; readonly mac: string | null; readonly ip?: string }
  | { readonly in: "kernel-diff" };

/** The process stopped in order, or ended the recording; `why` tells. */
export type EndRecord = { readonly in: "end"; readonly why: string };

export type InputRecord = RibRecord | AgentRecord | EndRecord;

export type AskRecord =
  /** A dump of many rows comes as parts: all but the last are `part`s. */
  | { readonly ask: string; readonly part: readonly unknown[] }
  | { readonly ask: string; readonly rows: readonly unknown[] }
  /** The same rows as the answer before, changed: see `row-changes.ts`. */
  | { readonly ask: string; readonly changed: readonly RowChange[] }
  | { readonly ask: string; readonly is: unknown }
  | { readonly ask: string; readonly failed: ErrorRecord };

export type RowChange = readonly ["keep" | "drop", number] | readonly ["put", readonly unknown[]];

export type DecisionRecord =
  /** Requests to the kernel, each as the command that does the same. */
  | { readonly out: "kernel"; readonly do: readonly string[] }
  /** Routes of this host: `announce NLRI ATTRIBUTES NEXTHOP` and `withdraw NLRI`, in hex. */
  | { readonly out: "routes"; readonly do: readonly string[] }
  /** Messages to a peer; `digest` is SHA-1. `full`: the peer takes no more until `drained`. */
  | { readonly out: "sent"; readonly slot: number; readonly octets: number; readonly digest: string; readonly full?: true };

/** One line after the header; `t` is ms since the recording began. */
export type RecordLine = { readonly t: number } & (InputRecord | AskRecord | DecisionRecord);
