// SPDX-License-Identifier: Apache-2.0
import { ipFromBytes, ipToBytes } from "../../../base/net/ip.ts";
import { parseMacPattern, parsePrefixPattern } from "../../../base/pattern/address-pattern.ts";
import { parseRdPattern } from "../../../base/pattern/administrator-pattern.ts";
import { parseRouteTargetPattern } from "../../../base/pattern/community-pattern.ts";
import { matchesAnyOctets, type OctetPattern } from "../../../base/pattern/octet-pattern.ts";
import { attributeType } from "../attribute-walk.ts";
import type { RibPeer } from "../types.ts";
import { insidePrefix, type LooksAt, parsed } from "./match.ts";
import type { AdmissionModel } from "./model.ts";
import { type Decision, type RoutePolicy, widest } from "./route-policy.ts";
import type { NlriView, SetView } from "./route-view.ts";
import type { RuleRef } from "./rule-ref.ts";

/** One thing that a peer may announce only its own of. */
interface Claim {
  readonly looksAt: LooksAt;
  readonly ref: RuleRef;
  readonly fits: (set: SetView, nlri: NlriView) => boolean;
}

const own = "own";

/** What this peer may announce: a route with anything else in it is refused. @throws RangeError when a pattern cannot be read */
export function compileAdmission(model: AdmissionModel, peer: RibPeer): RoutePolicy {
  const claims: Claim[] = [];
  if (model.nextHops) claims.push(nextHopClaim(model.nextHops, peer));
  if (model.routeTargets) claims.push(targetClaim(model.routeTargets));
  if (model.rds) claims.push(rdClaim(model.rds, peer));
  if (model.macs) claims.push(macClaim(model.macs));
  const admitted: RuleRef = { kind: "admission", policy: "admission", rule: "default" };
  return {
    looksAt: widest(claims),
    label: false,
    decide(set, nlri): Decision {
      for (const { fits, ref } of claims) if (!fits(set, nlri)) return { accepted: false, rule: ref, set };
      return { accepted: true, rule: admitted, set };
    },
  };
}

function claim(rule: string, looksAt: LooksAt, fits: Claim["fits"]): Claim {
  return { looksAt, ref: { kind: "admission", policy: "admission", rule }, fits };
}

function nextHopClaim(texts: readonly string[], peer: RibPeer): Claim {
  const patterns = texts.map((t) => parsed(parsePrefixPattern, t === own ? peer.address : t));
  return claim("next-hop", "attributes", ({ nextHop }) =>
    patterns.some((p) => insidePrefix(p, nextHop, 0, nextHop.length, nextHop.length * 8)),
  );
}

/** Every target of the route: one that has none is for nobody, and does no harm. */
function targetClaim(texts: readonly string[]): Claim {
  const patterns = texts.flatMap((t) => parsed(parseRouteTargetPattern, t));
  return claim("route-target", "attributes", (set) => {
    const list = set.valueOf(attributeType.extendedCommunities) ?? new Uint8Array(0);
    for (let i = 0; i + 8 <= list.length; i += 8) {
      if ((list[i]! & 0xbf) <= 2 && list[i + 1] === 2 && !matchesAnyOctets(patterns, list, i)) return false;
    }
    return true;
  });
}

/** Routes of types that have no RD we know of belong to nobody who may be told apart: they are refused. */
function rdClaim(texts: readonly string[], peer: RibPeer): Claim {
  const patterns = texts.flatMap((t) => (t === own ? ownRds(peer) : parsed(parseRdPattern, t)));
  return claim("rd", "nlri", (_, nlri) => nlri.rdAt >= 0 && matchesAnyOctets(patterns, nlri.bytes, nlri.rdAt));
}

function macClaim(texts: readonly string[]): Claim {
  const patterns = texts.map((t) => parsed(parseMacPattern, t));
  return claim("mac", "nlri", (_, nlri) => nlri.macAt < 0 || matchesAnyOctets(patterns, nlri.bytes, nlri.macAt));
}

/** RFC 7432 §7.9: type 1, made from an address of the PE; its router id, as everybody's automatic RDs are, or the session's. */
function ownRds(peer: RibPeer): readonly OctetPattern[] {
  const routerId = new Uint8Array(4);
  new DataView(routerId.buffer).setUint32(0, peer.routerId);
  const addresses = [routerId, ipToBytes(peer.address)].filter((a) => a.length === 4);
  return addresses.flatMap((a) => parsed(parseRdPattern, `${ipFromBytes(a)}:*`));
}
