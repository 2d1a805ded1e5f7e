// SPDX-License-Identifier: Apache-2.0
/** The tables of one domain: routes that were imported, prefixes that are here, and what we told of both. */
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { LocalRoute } from "../../bgp/rib/types.ts";
import type { Esi } from "../../bgp/wire/nlri/evpn/esi.ts";
import type { Candidate } from "../forward/candidate.ts";
import { Candidates } from "../forward/candidates.ts";
import { PrefixEncoder } from "../originate/prefix-encoder.ts";
import type { IpVrf, LocalPrefix, PrefixPath } from "../types.ts";
import type { Instance, IpState } from "./instance.ts";
import { RouterMacs } from "./router-macs.ts";

export const noPaths: readonly PrefixPath[] = [];

export interface PrefixState {
  readonly domain: Domain;
  readonly prefix: Prefix;
  /** Type-2 routes with an L3VNI, of a host, and type-5 routes; of any RD. */
  readonly candidates: Candidates;
  installed: readonly PrefixPath[];
  /** What the host told of it. */
  fact: LocalPrefix | undefined;
  /** Networks here that have it as subnet. */
  subnets: number;
  announced: { readonly route: LocalRoute; readonly encoder: PrefixEncoder } | undefined;
}

export class Domain {
  vrf: IpVrf;
  encoder: PrefixEncoder;
  readonly networks = new Set<Instance>();
  /** /32 and /128 by address: most prefixes are hosts. */
  readonly #hosts = new Map<Ip, PrefixState>();
  readonly #prefixes = new Map<string, PrefixState>();
  /** Type-5 routes by the station or segment that they lead to. */
  readonly gatewayUsers = new Map<Ip, Candidates>();
  readonly segmentUsers = new Map<Esi, Candidates>();
  /** Type-1 routes that carry the domain's own route target. */
  readonly segments = new Map<Esi, Candidates>();
  /** Stations of the domain's networks that are here. */
  readonly localHosts = new Map<Ip, Set<IpState>>();
  /** Our own addresses, and how many networks have each. */
  readonly gateways = new Map<Ip, number>();
  readonly routerMacs = new RouterMacs();

  constructor(vrf: IpVrf) {
    this.vrf = vrf;
    this.encoder = new PrefixEncoder(vrf);
  }

  find(ip: Ip, length: number): PrefixState | undefined {
    return isHost(ip, length) ? this.#hosts.get(ip) : this.#prefixes.get(`${ip}/${length}`);
  }

  host(ip: Ip): PrefixState | undefined {
    return this.#hosts.get(ip);
  }

  /** The one there is, or a new one. */
  at(ip: Ip, length: number): PrefixState {
    let state = this.find(ip, length);
    if (!state) {
      const prefix = { ip, length };
      state = { domain: this, prefix, candidates: new Candidates(), installed: noPaths, fact: undefined, subnets: 0, announced: undefined };
      if (isHost(ip, length)) this.#hosts.set(ip, state);
      else this.#prefixes.set(`${ip}/${length}`, state);
    }
    return state;
  }

  forget({ prefix: { ip, length } }: PrefixState): void {
    if (isHost(ip, length)) this.#hosts.delete(ip);
    else this.#prefixes.delete(`${ip}/${length}`);
  }

  *all(): Generator<PrefixState> {
    yield* this.#hosts.values();
    yield* this.#prefixes.values();
  }

  get size(): number {
    return this.#hosts.size + this.#prefixes.size;
  }

  /** The prefix is on this host: routes for it are not needed. */
  isHere({ fact, subnets, prefix: { ip, length } }: PrefixState): boolean {
    return fact !== undefined || subnets > 0 || (isHost(ip, length) && (this.localHosts.has(ip) || this.gateways.has(ip)));
  }

  /** The network of this domain that knows a station with this address, here or remote; of several the one with the lowest VNI. */
  networkOf(ip: Ip): Instance | undefined {
    let found: Instance | undefined;
    for (const instance of this.networks) {
      const state = instance.ips.get(ip);
      const isKnown = state !== undefined && (state.localWins || state.installed !== undefined);
      if (isKnown && (!found || instance.vrf.vni < found.vrf.vni)) found = instance;
    }
    return found;
  }

  /** Type-1 routes for a segment, by the domain's own route target or by that of one of its networks; each once. */
  segment(esi: Esi): ReadonlySet<Candidate> {
    const found = new Set(this.segments.get(esi));
    for (const { segments } of this.networks) for (const c of segments.get(esi) ?? []) found.add(c);
    return found;
  }
}

export function isHost(ip: Ip, length: number): boolean {
  return length === (isIp4(ip) ? 32 : 128);
}

/** Puts into one list of many, or takes out; empty lists go. */
export function list<K>(lists: Map<K, Candidates>, key: K, candidate: Candidate, change: "add" | "delete"): void {
  let candidates = lists.get(key);
  if (!candidates) {
    if (change === "delete") return;
    lists.set(key, (candidates = new Candidates()));
  }
  candidates[change](candidate);
  if (candidates.size === 0) lists.delete(key);
}
