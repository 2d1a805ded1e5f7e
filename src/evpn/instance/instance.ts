// SPDX-License-Identifier: Apache-2.0
/** The tables of one network: what was imported, what is here, and what we told the kernel and the peers about both. */
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { LocalRoute } from "../../bgp/rib/types.ts";
import type { Esi } from "../../bgp/wire/nlri/evpn/esi.ts";
import { Candidates } from "../forward/candidates.ts";
import { RouteEncoder } from "../originate/route-encoder.ts";
import type { IpVrf, LocalMac, LocalNeighbour, MacVrf, RemoteMac } from "../types.ts";

/** Our claim that a MAC is here. */
export interface Claim {
  readonly fact: LocalMac;
  /** MAC mobility sequence number that goes with it; 0 for sticky ones. */
  readonly sequence: number;
  /** Learned during quarantine: known, but not claimed. */
  readonly parked: boolean;
}

export interface Quarantine {
  readonly moves: number;
  readonly since: number;
  until: number | undefined;
  /** Who had the MAC when it was frozen; undefined once that one has let it go. */
  holder: Ip | "local" | undefined;
}

/** A route of ours that is out, with the encoder that made it: another encoder means another route. */
export interface Announced {
  readonly route: LocalRoute;
  readonly encoder: RouteEncoder;
}

/** Most MACs are remote only: what belongs to local ones is made when it is needed, or garbage collection would cost more than the import. */
export interface MacState {
  readonly instance: Instance;
  readonly mac: Mac;
  /** Type-2 routes for this MAC, with and without IP, of any RD. */
  readonly candidates: Candidates;
  /** Addresses that local neighbour facts give to it. */
  localIps: Set<Ip> | undefined;
  /** By IP; the route without one under "". */
  announced: Map<Ip | "", Announced> | undefined;
  claim: Claim | undefined;
  /** Who has it, as settled last. */
  owner: Ip | "local" | undefined;
  installed: RemoteMac | undefined;
  /** A local entry that the kernel was told to forget. */
  forgotten: boolean;
  /** The VTEP whose clash with a sticky MAC was reported. */
  conflict: Ip | undefined;
  /** Times of the last moves that this host took part in, oldest first. */
  moves: readonly number[];
  quarantine: Quarantine | undefined;
}

export interface IpState {
  readonly instance: Instance;
  readonly ip: Ip;
  readonly candidates: Candidates;
  local: LocalNeighbour | undefined;
  /** The local fact stands against all routes. */
  localWins: boolean;
  installed: Mac | undefined;
}

export interface FloodState {
  readonly instance: Instance;
  readonly vtep: Ip;
  readonly candidates: Candidates;
  /** VNI of the entry in the flood list. */
  installed: number | undefined;
}

const noMoves: readonly number[] = [];

export class Instance {
  vrf: MacVrf;
  encoder: RouteEncoder;
  /** Our type-3 route. */
  multicast: Announced | undefined;
  readonly macs = new Map<Mac, MacState>();
  readonly ips = new Map<Ip, IpState>();
  readonly floods = new Map<Ip, FloodState>();
  /** Type-1 routes by their segment. */
  readonly segments = new Map<Esi, Candidates>();

  constructor(vrf: MacVrf, domain: IpVrf | undefined) {
    this.vrf = vrf;
    this.encoder = new RouteEncoder(vrf, domain);
  }

  mac(mac: Mac): MacState {
    let state = this.macs.get(mac);
    if (!state) {
      state = {
        instance: this,
        mac,
        candidates: new Candidates(),
        localIps: undefined,
        announced: undefined,
        claim: undefined,
        owner: undefined,
        installed: undefined,
        forgotten: false,
        conflict: undefined,
        moves: noMoves,
        quarantine: undefined,
      };
      this.macs.set(mac, state);
    }
    return state;
  }

  ip(ip: Ip): IpState {
    let state = this.ips.get(ip);
    if (!state) {
      state = { instance: this, ip, candidates: new Candidates(), local: undefined, localWins: false, installed: undefined };
      this.ips.set(ip, state);
    }
    return state;
  }

  flood(vtep: Ip): FloodState {
    let state = this.floods.get(vtep);
    if (!state) {
      state = { instance: this, vtep, candidates: new Candidates(), installed: undefined };
      this.floods.set(vtep, state);
    }
    return state;
  }
}
