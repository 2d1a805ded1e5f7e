// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { list } from "../instance/domain.ts";
import type { Instance } from "../instance/instance.ts";
import type { Turn } from "../turn.ts";
import { accept } from "./accept.ts";
import { type Candidate, formatCandidate, multicastType, prefixType, segmentType, typeOf } from "./candidate.ts";

/** Puts a route into the tables of a network that imports it, or takes it out. */
export function placeInNetwork(turn: Turn, network: Instance, candidate: Candidate, change: "add" | "delete"): void {
  const type = typeOf(candidate);
  // A domain's, whose route target the network imports, too.
  if (type === prefixType) return;
  const accepted = accept(candidate, network.vrf);
  if (accepted.kind === "refuse" && change === "add")
    turn.events.push({ kind: "route-ignored", nlri: formatCandidate(candidate), why: accepted.why });
  if (accepted.kind !== "use") return;
  if (type === segmentType) {
    turn.segments.add(candidate.esi);
    list(network.segments, candidate.esi, candidate, change);
  } else if (type === multicastType) placeFlood(turn, network, candidate, accepted.vtep, change);
  else placeMac(turn, network, candidate, change);
}

function placeFlood(turn: Turn, network: Instance, candidate: Candidate, vtep: Ip, change: "add" | "delete"): void {
  const flood = network.flood(vtep);
  flood.candidates[change](candidate);
  turn.floods.add(flood);
}

function placeMac(turn: Turn, network: Instance, candidate: Candidate, change: "add" | "delete"): void {
  const mac = network.mac(candidate.mac!);
  mac.candidates[change](candidate);
  turn.macs.add(mac);
  if (candidate.ip === undefined) return;
  const ip = network.ip(candidate.ip);
  ip.candidates[change](candidate);
  turn.ips.add(ip);
}
