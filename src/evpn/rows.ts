// SPDX-License-Identifier: Apache-2.0
/** What the tables answer when asked; the agent adds what only it knows (names of devices, wall-clock times). */
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import type { Prefix } from "../base/net/prefix.ts";
import type { LocalPrefix, PrefixPath } from "./types.ts";

export interface VtepEntry {
  readonly network: string;
  /** VNI of the network here; see `floodVni` for the one used towards the VTEP. */
  readonly vni: number;
  readonly vtep: Ip;
  /** In the flood list: it sent a type-3 route. False for a VTEP known only by its MACs. */
  readonly flood: boolean;
  /** VNI of the type-3 route, or that of the network. */
  readonly floodVni: number;
  /** Remote MACs that point at it. */
  readonly macs: number;
}

export interface MacEntry {
  readonly network: string;
  readonly vni: number;
  readonly mac: Mac;
  readonly where: "local" | "remote";
  /** Interface when local, address of the VTEP when remote. */
  readonly at: string;
  readonly sequence: number;
  readonly sticky: boolean;
  readonly origin: "declared" | "learned" | "bgp";
  readonly ips: readonly Ip[];
  readonly quarantined: boolean;
}

export interface NeighbourEntry {
  readonly network: string;
  readonly vni: number;
  readonly ip: Ip;
  readonly mac: Mac;
  readonly where: "local" | "remote";
  /** Interface or VTEP of the MAC; empty when nobody announces the MAC itself. */
  readonly at: string;
  readonly origin: "declared" | "learned" | "bgp";
}

export interface DuplicateEntry {
  readonly network: string;
  readonly vni: number;
  /** In quarantine; or which keeps the IP that is, undefined when it let it go. */
  readonly mac: Mac | undefined;
  readonly ip: Ip | undefined;
  readonly moves: number;
  /** When it was put in quarantine, in the ms of the `now` arguments. */
  readonly since: number;
  /** When it is let free by itself; undefined: only by command. */
  readonly until: number | undefined;
}

export interface PrefixEntry {
  readonly domain: string;
  readonly l3vni: number;
  readonly prefix: Prefix;
  /** `subnet`, `static`, `kernel`: of this host. `host`: a type-2 route, `prefix`: a type-5 route. */
  readonly source: "subnet" | LocalPrefix["origin"] | "host" | "prefix";
  /** `local` ones need no route of ours; `unresolved` ones wait for what `why` says. */
  readonly state: "local" | "installed" | "unresolved";
  readonly paths: readonly PrefixPath[];
  readonly why: string | undefined;
}

export interface DomainCounts {
  readonly networks: readonly string[];
  readonly hosts: number;
  readonly prefixes: number;
  readonly unresolved: number;
  /** Type-5 routes of ours that are announced now. */
  readonly originated: number;
  /** VTEPs that routes lead to. */
  readonly vteps: number;
  readonly routerMacConflicts: readonly { readonly mac: Mac; readonly vteps: readonly Ip[] }[];
}

export interface NetworkCounts {
  /** MACs that are here, whether announced or not. */
  readonly localMacs: number;
  readonly remoteMacs: number;
  readonly neighbours: number;
  /** Length of the flood list. */
  readonly vteps: number;
  readonly quarantined: number;
  /** Routes of ours that are announced now. */
  readonly originated: number;
}
