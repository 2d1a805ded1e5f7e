// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../base/bytes/hex.ts";
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../base/net/ip.ts";
import { parsePrefix, prefixContains } from "../base/net/prefix.ts";
import type { Refusal } from "../bgp/rib/policy/refusals.ts";
import type { PeerState } from "../bgp/speaker/peer-state.ts";
import type { PeerQuery, PeerRow, RefusalRow } from "../contract/inspect.ts";
import { RequestError } from "./errors.ts";

const states: readonly string[] = ["idle", "connect", "active", "open-sent", "open-confirm", "established"] satisfies PeerRow["state"][];

/** @throws RequestError */
export function peerFilter({ state, peer, asn }: PeerQuery): (p: PeerState) => boolean {
  if (state !== undefined && state !== "failed" && !states.includes(state))
    throw new RequestError("WEFT_BAD_REQUEST", `state=${state} is no state; known: ${states.join(", ")}, failed`);
  const prefix = peer === undefined ? undefined : parsePrefix(peer);
  if (peer !== undefined && prefix === undefined)
    throw new RequestError("WEFT_BAD_REQUEST", `peer=${peer} is not an IP address or a prefix`);
  const inState = (p: PeerState): boolean =>
    state === "failed" ? p.admin === "up" && p.phase !== "established" : state === undefined || p.phase === state;
  const at = (p: PeerState): boolean => prefix === undefined || prefixContains(prefix, p.address);
  return (p) => inState(p) && (asn === undefined || p.asn === asn) && at(p);
}

/** Compared as text it orders addresses by number, IPv4 first. */
export function addressOrder(address: Ip): string {
  return `${isIp4(address) ? 4 : 6}${toHex(ipToBytes(address))}`;
}

export function peerRow(p: PeerState, bfd: PeerRow["bfd"]): PeerRow {
  return {
    peer: p.address,
    asn: p.asn,
    routerId: p.routerId === null ? null : dottedQuad(p.routerId),
    role: p.role,
    state: p.phase,
    dynamic: p.dynamic,
    since: p.since,
    families: p.families,
    received: p.received,
    sent: p.sent,
    holdTime: p.holdTime,
    messagesIn: p.messagesIn,
    messagesOut: p.messagesOut,
    updatesIn: p.updatesIn,
    octetsIn: p.octetsIn,
    octetsOut: p.octetsOut,
    queued: p.queued,
    lagging: p.lagging,
    malformed: p.malformed,
    refused: p.refused.map(refusalRow),
    keptBack: p.keptBack.map(refusalRow),
    addPath: p.addPath,
    withheld: p.withheld,
    memberships: p.memberships,
    maximumRoutes: p.maximumRoutes,
    dropped: p.dropped,
    flaps: p.flaps,
    admin: p.admin,
    lastError: p.admin === "down" ? (p.lastError ?? "shut down") : p.lastError,
    hostname: p.hostname,
    description: p.description,
    bfd,
  };
}

function refusalRow({ rule, routes }: Refusal): RefusalRow {
  return { by: rule.kind, policy: rule.policy, rule: rule.rule, line: rule.line ?? null, routes };
}

function dottedQuad(identifier: number): string {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, identifier);
  return ipFromBytes(octets);
}
