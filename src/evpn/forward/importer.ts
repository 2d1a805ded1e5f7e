// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../base/bytes/hex.ts";
import type { BestChange } from "../../bgp/rib/types.ts";
import type { Domain } from "../instance/domain.ts";
import { ImportIndex } from "../instance/import-index.ts";
import type { Instance } from "../instance/instance.ts";
import type { Turn } from "../turn.ts";
import { type Candidate, candidateKey, decodeCandidate, isImportable } from "./candidate.ts";
import { CandidateTable } from "./candidate-table.ts";
import { type ImportInfo, importInfo } from "./import-info.ts";
import { placeInDomain } from "./place-in-domain.ts";
import { placeInNetwork } from "./place-in-network.ts";

interface Importers {
  readonly version: number;
  readonly networks: readonly Instance[];
  readonly domains: readonly Domain[];
}

/** Keeps the routes, and puts each into the tables of the networks and domains that import it. */
export class Importer {
  readonly #candidates = new CandidateTable();
  /** What domains of this host tell the others: apart, because a reflector may send a route of ours back, which has the same key. */
  readonly #exported = new CandidateTable();
  readonly #networks = new ImportIndex<Instance>();
  readonly #domains = new ImportIndex<Domain>();
  /** Answers of the indices by attribute set, with the version of the indices that gave them. */
  readonly #importersOf = new WeakMap<ImportInfo, Importers>();
  #stamp = 0;

  apply(turn: Turn, change: BestChange): void {
    if (change.family !== "l2vpn-evpn") return;
    const key = candidateKey(change.nlri);
    if (key === undefined) {
      if (change.path && isImportable(change.nlri[0]))
        turn.events.push({ kind: "route-ignored", nlri: toHex(change.nlri), why: "malformed NLRI" });
      return;
    }
    const old = this.#candidates.get(key);
    const fresh = change.path && decodeCandidate(key, change.nlri, importInfo(change.path.attributes), ++this.#stamp);
    if (old && fresh && isSame(old, fresh)) return;
    if (old) {
      this.#candidates.remove(old);
      this.#place(turn, old, "delete");
    }
    if (!fresh) return;
    this.#candidates.add(fresh);
    this.#place(turn, fresh, "add");
  }

  /** Gives to each domain of this host what the step changed in the others. */
  applyExports(turn: Turn): void {
    for (const [key, { nlri, info }] of turn.exports) {
      const old = this.#exported.get(key);
      const fresh = info && decodeCandidate(key, nlri, info, ++this.#stamp);
      if (old && fresh && isSame(old, fresh)) continue;
      if (old) {
        this.#exported.remove(old);
        this.#placeInDomains(turn, old, "delete");
      }
      if (!fresh) continue;
      this.#exported.add(fresh);
      this.#placeInDomains(turn, fresh, "add");
    }
  }

  #placeInDomains(turn: Turn, candidate: Candidate, change: "add" | "delete"): void {
    for (const domain of this.#importers(candidate.info).domains) placeInDomain(turn, domain, candidate, change);
  }

  #place(turn: Turn, candidate: Candidate, change: "add" | "delete"): void {
    const { networks, domains } = this.#importers(candidate.info);
    for (const network of networks) placeInNetwork(turn, network, candidate, change);
    for (const domain of domains) placeInDomain(turn, domain, candidate, change);
  }

  #importers(info: ImportInfo): Importers {
    let known = this.#importersOf.get(info);
    const version = this.#networks.version + this.#domains.version;
    if (known?.version !== version) {
      known = { version, networks: this.#networks.importers(info.targets), domains: this.#domains.importers(info.targets) };
      this.#importersOf.set(info, known);
    }
    return known;
  }

  /** A network begins to import by its list. */
  join(turn: Turn, network: Instance): void {
    const { importTargets } = network.vrf;
    this.#networks.add(network, importTargets);
    for (const candidate of this.#candidates.withTargets(importTargets))
      if (this.#importers(candidate.info).networks.includes(network)) placeInNetwork(turn, network, candidate, "add");
  }

  /** Takes a network's routes out of its tables; to be called before its import list changes. */
  leave(turn: Turn, network: Instance): void {
    this.#networks.remove(network, network.vrf.importTargets);
    for (const { candidates } of [...network.macs.values(), ...network.floods.values()])
      for (const candidate of candidates) placeInNetwork(turn, network, candidate, "delete");
    for (const candidates of network.segments.values())
      for (const candidate of candidates) placeInNetwork(turn, network, candidate, "delete");
  }

  /** The same for a domain. */
  joinDomain(turn: Turn, domain: Domain): void {
    const { importTargets } = domain.vrf;
    this.#domains.add(domain, importTargets);
    for (const table of [this.#candidates, this.#exported])
      for (const candidate of table.withTargets(importTargets))
        if (this.#importers(candidate.info).domains.includes(domain)) placeInDomain(turn, domain, candidate, "add");
  }

  leaveDomain(turn: Turn, domain: Domain): void {
    this.#domains.remove(domain, domain.vrf.importTargets);
    for (const { candidates } of domain.all()) for (const candidate of candidates) placeInDomain(turn, domain, candidate, "delete");
    for (const candidates of domain.segments.values()) for (const candidate of candidates) placeInDomain(turn, domain, candidate, "delete");
  }
}

function isSame(a: Candidate, b: Candidate): boolean {
  const isSameRoute = a.label === b.label && a.label2 === b.label2 && a.esi === b.esi && a.gateway === b.gateway;
  return isSameRoute && (a.info === b.info || a.info.signature === b.info.signature);
}
