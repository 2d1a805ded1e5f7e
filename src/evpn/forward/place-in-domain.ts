// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { zeroEsi } from "../../bgp/wire/nlri/evpn/esi.ts";
import { type Domain, list } from "../instance/domain.ts";
import type { Turn } from "../turn.ts";
import { acceptPrefix } from "./accept-prefix.ts";
import { type Candidate, formatCandidate, l3Label, macIpType, multicastType, segmentType, typeOf } from "./candidate.ts";

/** Puts a route into the tables of a domain that imports it, or takes it out. */
export function placeInDomain(turn: Turn, domain: Domain, candidate: Candidate, change: "add" | "delete"): void {
  const type = typeOf(candidate);
  // Flood lists are of networks.
  if (type === multicastType) return;
  const accepted = acceptPrefix(candidate, domain.vrf);
  if (accepted.kind === "refuse" && change === "add")
    turn.events.push({ kind: "route-ignored", nlri: formatCandidate(candidate), why: accepted.why });
  if (accepted.kind !== "use") return;
  const { ip, length, esi, gateway, info } = candidate;
  if (type === segmentType) {
    list(domain.segments, esi, candidate, change);
    turn.segments.add(esi);
    return;
  }
  if (gateway !== undefined) list(domain.gatewayUsers, gateway, candidate, change);
  else if (esi !== zeroEsi) list(domain.segmentUsers, esi, candidate, change);
  else if (info.domain === undefined)
    domain.routerMacs[change === "add" ? "add" : "remove"](info.routerMac!, info.vtep!, l3Label(candidate));
  const state = type === macIpType ? domain.at(ip!, isIp4(ip!) ? 32 : 128) : domain.at(ip!, length);
  state.candidates[change](candidate);
  turn.prefixes.add(state);
  // Its gateway may be found by this route, or no longer.
  if (type === macIpType) for (const user of domain.gatewayUsers.get(ip!) ?? []) turn.prefixes.add(domain.at(user.ip!, user.length));
}
