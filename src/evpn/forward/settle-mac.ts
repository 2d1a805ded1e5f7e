// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { MacState } from "../instance/instance.ts";
import { abandon } from "../originate/abandonment.ts";
import { ownerOf } from "../originate/claim.ts";
import type { Duplicates } from "../originate/duplicates.ts";
import type { Turn } from "../turn.ts";
import type { RemoteMac } from "../types.ts";
import { remoteVni } from "./accept.ts";
import { bestMac } from "./best-remote.ts";
import type { Candidate } from "./candidate.ts";
import type { ImportInfo } from "./import-info.ts";

/** Decides anew who has a MAC and says what changes by that. Its IPs and announcements settle afterwards. */
export function settleMac(turn: Turn, state: MacState, duplicates: Duplicates): void {
  let owner = ownerOf(state);
  const isBeaten = state.owner === "local" && owner !== "local" && owner !== undefined && state.claim !== undefined && !state.claim.parked;
  if (isBeaten && !(owner as Candidate).info.sticky && duplicates.countMove(turn, state)) owner = "local";
  if (state.quarantine && owner === undefined) abandon(state.quarantine, turn.now);
  reportConflict(turn, state);
  install(turn, state, owner === "local" || owner === undefined ? undefined : remoteMac(state, owner));
  reportMove(turn, state, owner);
  judgeLocalEntry(turn, state, owner);
  state.owner = owner === "local" || owner === undefined ? owner : owner.info.vtep;
  for (const ip of state.localIps ?? []) turn.ips.add(state.instance.ip(ip));
  if (state.claim || state.announced) turn.announcements.add(state);
}

/** One value for all MACs that came with the same attributes and VNI, which are most. */
const shared = new WeakMap<ImportInfo, RemoteMac>();

function remoteMac(state: MacState, c: Candidate): RemoteMac {
  const vni = remoteVni(c, state.instance.vrf);
  const known = shared.get(c.info);
  if (known?.vni === vni) return known;
  const remote = { vtep: c.info.vtep!, vni, sticky: c.info.sticky, sequence: c.info.sequence };
  shared.set(c.info, remote);
  return remote;
}

function install(turn: Turn, state: MacState, remote: RemoteMac | undefined): void {
  const old = state.installed;
  const isSame =
    old?.vtep === remote?.vtep && old?.vni === remote?.vni && old?.sticky === remote?.sticky && old?.sequence === remote?.sequence;
  if (isSame) return;
  state.installed = remote;
  turn.forwarding.push({ kind: "remote-mac", network: state.instance.vrf.network, mac: state.mac, remote });
}

function reportMove(turn: Turn, state: MacState, owner: Candidate | "local" | undefined): void {
  const before = state.owner;
  if (before === undefined || owner === undefined) return;
  const [to, sequence] = owner === "local" ? ["local" as const, state.claim?.sequence ?? 0] : [owner.info.vtep!, owner.info.sequence];
  if (to === before) return;
  const port = state.claim?.fact.port ?? "local";
  const name = (where: Ip | "local"): string => (where === "local" ? port : where);
  const { network } = state.instance.vrf;
  turn.events.push({ kind: "mac-moved", network, mac: state.mac, from: name(before), to: name(to), sequence });
}

/** RFC 7432 §15.2: whoever has it, an operator must hear that a sticky MAC is claimed twice. */
function reportConflict(turn: Turn, state: MacState): void {
  const remote = state.claim && bestMac(state.candidates);
  const vtep = remote && (state.claim?.fact.sticky || remote.info.sticky) ? remote.info.vtep : undefined;
  if (vtep === state.conflict) return;
  state.conflict = vtep;
  if (vtep === undefined) return;
  const { network } = state.instance.vrf;
  turn.events.push({ kind: "sticky-conflict", network, mac: state.mac, vtep });
  if (state.claim?.fact.sticky) turn.forwarding.push({ kind: "local-mac", network, mac: state.mac, verdict: "keep" });
}

/** A learned claim that lost is over; a declared one waits, because nothing but the configuration can take it back. */
function judgeLocalEntry(turn: Turn, state: MacState, owner: Candidate | "local" | undefined): void {
  const { claim } = state;
  if (!claim || claim.parked) return;
  const { network } = state.instance.vrf;
  if (owner === "local") {
    if (state.forgotten) turn.forwarding.push({ kind: "local-mac", network, mac: state.mac, verdict: "keep" });
    state.forgotten = false;
  } else if (owner !== undefined) {
    const isNews = !state.forgotten || turn.claimed.has(state);
    if (isNews) turn.forwarding.push({ kind: "local-mac", network, mac: state.mac, verdict: "forget" });
    state.forgotten = claim.fact.origin === "declared";
    if (!state.forgotten) state.claim = undefined;
  }
}
