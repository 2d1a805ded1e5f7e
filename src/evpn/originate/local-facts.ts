// SPDX-License-Identifier: Apache-2.0
/** What the host says of its own workloads, turned into claims. */
import { type Mac, isMulticastMac, zeroMac } from "../../base/net/mac.ts";
import { bestMac, bestNeighbour } from "../forward/best-remote.ts";
import type { Instance, IpState, MacState } from "../instance/instance.ts";
import type { Turn } from "../turn.ts";
import type { LocalMac, LocalNeighbour, NetworkFact } from "../types.ts";
import { claimSequence, ownerOf } from "./claim.ts";
import type { Duplicates } from "./duplicates.ts";

export function applyLocalChange(turn: Turn, instance: Instance, change: NetworkFact, duplicates: Duplicates): void {
  switch (change.kind) {
    case "mac-up":
      if (isStation(turn, change.mac.mac)) macUp(turn, instance.mac(change.mac.mac), change.mac, duplicates);
      break;
    case "mac-down": {
      const state = instance.macs.get(change.mac);
      if (state) macDown(turn, state);
      break;
    }
    case "neighbour-up":
      if (isStation(turn, change.neighbour.mac)) neighbourUp(turn, instance.ip(change.neighbour.ip), change.neighbour, duplicates);
      break;
    case "neighbour-down": {
      const state = instance.ips.get(change.ip);
      if (!state) break;
      duplicates.ips.unpark(state);
      dropNeighbour(turn, state);
      break;
    }
  }
}

function isStation(turn: Turn, mac: Mac): boolean {
  const ok = mac !== zeroMac && !isMulticastMac(mac);
  if (!ok) turn.events.push({ kind: "route-ignored", nlri: mac, why: "a local MAC that is no station's" });
  return ok;
}

function macUp(turn: Turn, state: MacState, fact: LocalMac, duplicates: Duplicates): void {
  turn.macs.add(state);
  const old = state.claim;
  if (!old) return claim(turn, state, fact, duplicates);
  // Traffic on a declared port says no more than that the declaration is right.
  const merged = old.fact.origin === "declared" && old.fact.port === fact.port ? { ...fact, ...keepDeclared(old.fact, fact) } : fact;
  // Lost elsewhere and seen here again: that is a move back.
  if (state.owner !== "local" && !turn.claimed.has(state)) return claim(turn, state, merged, duplicates);
  state.claim = { ...old, fact: merged, sequence: merged.sticky ? 0 : old.sequence };
}

function keepDeclared(old: LocalMac, fact: LocalMac): Pick<LocalMac, "origin" | "sticky"> {
  return fact.origin === "declared" ? fact : { origin: "declared", sticky: old.sticky };
}

function claim(turn: Turn, state: MacState, fact: LocalMac, duplicates: Duplicates): void {
  turn.claimed.add(state);
  const remote = bestMac(state.candidates);
  const isMove = remote !== undefined && !remote.info.sticky && !fact.sticky;
  const parked = state.quarantine !== undefined || (isMove && duplicates.countMove(turn, state));
  state.claim = { fact, sequence: fact.sticky || parked ? 0 : claimSequence(state), parked };
}

function macDown(turn: Turn, state: MacState): void {
  state.claim = undefined;
  state.forgotten = false;
  turn.macs.add(state);
}

function neighbourUp(turn: Turn, state: IpState, fact: LocalNeighbour, duplicates: Duplicates): void {
  turn.ips.add(state);
  if (duplicates.ips.parks(turn, state, fact)) return;
  const old = state.local;
  const isSame = old?.mac === fact.mac;
  const isNews = !isSame || (!state.localWins && fact.origin === "learned");
  if (!isSame) dropNeighbour(turn, state);
  state.local = isSame && old.origin === "declared" ? old : fact;
  const owner = state.instance.mac(fact.mac);
  (owner.localIps ??= new Set()).add(state.ip);
  if (isNews) raiseForMovedIp(turn, owner, state);
  turn.announcements.add(owner);
}

/** An IP that was at another MAC elsewhere is here now: our claim must be the newer one — RFC 9721. */
function raiseForMovedIp(turn: Turn, owner: MacState, ip: IpState): void {
  const { claim: own, mac } = owner;
  if (!own || own.parked || own.fact.sticky || owner.quarantine || ownerOf(owner) !== "local") return;
  const elsewhere = bestNeighbour([...ip.candidates].filter((c) => c.mac !== mac));
  if (!elsewhere || elsewhere.info.sticky || elsewhere.info.sequence < own.sequence) return;
  owner.claim = { ...own, sequence: claimSequence(owner) };
  turn.macs.add(owner);
}

export function dropNeighbour(turn: Turn, state: IpState): void {
  turn.ips.add(state);
  if (!state.local) return;
  const owner = state.instance.macs.get(state.local.mac);
  state.local = undefined;
  if (!owner) return;
  owner.localIps?.delete(state.ip);
  turn.macs.add(owner);
}

/** After quarantine: what was learned meanwhile is claimed as if it were learned now. */
export function claimParked(turn: Turn, state: MacState, duplicates: Duplicates): void {
  turn.macs.add(state);
  if (!state.claim?.parked) return;
  const { fact } = state.claim;
  state.claim = undefined;
  claim(turn, state, fact, duplicates);
}

/** After quarantine: what the host says of the IP counts as if it said it now. */
export function releaseIp(turn: Turn, state: IpState, by: "operator" | "timer", duplicates: Duplicates): void {
  const parked = duplicates.ips.release(turn, state, by);
  turn.ips.add(state);
  if (parked) neighbourUp(turn, state, parked, duplicates);
}
