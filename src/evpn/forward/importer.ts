// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../base/bytes/hex.ts";
import type { Ip } from "../../base/net/ip.ts";
import type { BestChange } from "../../bgp/rib/types.ts";
import { ImportIndex } from "../instance/import-index.ts";
import type { Instance } from "../instance/instance.ts";
import type { Turn } from "../turn.ts";
import { accept } from "./accept.ts";
import { type Candidate, candidateKey, decodeCandidate, formatCandidate } from "./candidate.ts";
import { CandidateTable } from "./candidate-table.ts";
import { type ImportInfo, importInfo } from "./import-info.ts";

/** Keeps the routes, and puts each into the tables of the networks that import it. */
export class Importer {
  readonly #candidates = new CandidateTable();
  readonly #index = new ImportIndex();
  /** Answers of the index by attribute set, with the version of the index that gave them. */
  readonly #importersOf = new WeakMap<ImportInfo, { readonly version: number; readonly instances: readonly Instance[] }>();
  #stamp = 0;

  apply(turn: Turn, change: BestChange): void {
    if (change.family !== "l2vpn-evpn") return;
    const key = candidateKey(change.nlri);
    if (key === undefined) {
      if (change.path && (change.nlri[0] === 2 || change.nlri[0] === 3))
        turn.events.push({ kind: "route-ignored", nlri: toHex(change.nlri), why: "malformed NLRI" });
      return;
    }
    const old = this.#candidates.get(key);
    const fresh = change.path && decodeCandidate(key, change.nlri, importInfo(change.path.attributes), ++this.#stamp);
    if (old && fresh && isSame(old, fresh)) return;
    if (old) this.#remove(turn, old);
    if (fresh) this.#add(turn, fresh);
  }

  #add(turn: Turn, candidate: Candidate): void {
    this.#candidates.add(candidate);
    for (const instance of this.#importers(candidate.info)) attach(turn, instance, candidate);
  }

  #remove(turn: Turn, candidate: Candidate): void {
    this.#candidates.remove(candidate);
    for (const instance of this.#importers(candidate.info)) detach(turn, instance, candidate);
  }

  #importers(info: ImportInfo): readonly Instance[] {
    let known = this.#importersOf.get(info);
    if (known?.version !== this.#index.version) {
      known = { version: this.#index.version, instances: this.#index.importers(info.targets) };
      this.#importersOf.set(info, known);
    }
    return known.instances;
  }

  /** A network begins to import by its list. */
  join(turn: Turn, instance: Instance): void {
    const { importTargets } = instance.vrf;
    this.#index.add(instance, importTargets);
    for (const candidate of this.#candidates.withTargets(importTargets))
      if (this.#importers(candidate.info).includes(instance)) attach(turn, instance, candidate);
  }

  /** Takes a network's routes out of its tables; to be called before its import list changes. */
  leave(turn: Turn, instance: Instance): void {
    this.#index.remove(instance, instance.vrf.importTargets);
    for (const state of [...instance.macs.values(), ...instance.floods.values()])
      for (const candidate of state.candidates) detach(turn, instance, candidate);
  }
}

function isSame(a: Candidate, b: Candidate): boolean {
  return a.label === b.label && (a.info === b.info || a.info.signature === b.info.signature);
}

function attach(turn: Turn, instance: Instance, candidate: Candidate): void {
  const accepted = accept(candidate, instance.vrf);
  if (accepted.kind === "refuse") turn.events.push({ kind: "route-ignored", nlri: formatCandidate(candidate), why: accepted.why });
  if (accepted.kind === "use") place(turn, instance, candidate, accepted.vtep, "add");
}

function detach(turn: Turn, instance: Instance, candidate: Candidate): void {
  const accepted = accept(candidate, instance.vrf);
  if (accepted.kind === "use") place(turn, instance, candidate, accepted.vtep, "delete");
}

function place(turn: Turn, instance: Instance, candidate: Candidate, vtep: Ip, change: "add" | "delete"): void {
  if (candidate.mac === undefined) {
    const flood = instance.flood(vtep);
    flood.candidates[change](candidate);
    turn.floods.add(flood);
    return;
  }
  const mac = instance.mac(candidate.mac);
  mac.candidates[change](candidate);
  turn.macs.add(mac);
  if (candidate.ip === undefined) return;
  const ip = instance.ip(candidate.ip);
  ip.candidates[change](candidate);
  turn.ips.add(ip);
}
