// SPDX-License-Identifier: Apache-2.0
import { formatPrefix } from "../../base/net/prefix.ts";
import { frrBgpd, frrLeafLines, frrReflectorLines, frrVrfs, zebraConfig } from "../peer/frr-bgp-config.ts";
import { type FrrConfig, startFrr } from "../peer/frr.ts";
import { startExabgp } from "../peer/exabgp.ts";
import { startGobgp } from "../peer/gobgp.ts";
import { startWeft } from "../peer/weft.ts";
import type { LabPlan, PlannedMember } from "../plan/plan.ts";
import { shareNamespaces } from "../system/shared-namespaces.ts";
import { addFrrVtep, frrDomains } from "./frr-vtep.ts";
import { placeOf } from "./place-of.ts";
import { spineAsn, underlayConfig } from "./underlay-config.ts";
import { agentConfig, reflectorConfig } from "./weft-config.ts";

/** Starts what runs on a spine, reflector or node: its part of the underlay, then its part of the overlay. */
export async function startMember(plan: LabPlan, m: PlannedMember): Promise<void> {
  const place = placeOf(m);
  if (place.namespaces !== undefined) await shareNamespaces(place.namespaces);
  await startRouting(plan, m);
  switch (m.kind) {
    case "spine":
    case "frr":
      return;
    case "weft":
      if (m.role === "reflector") {
        await startWeft(place, "reflector", { config: reflectorConfig(plan, m) });
        return;
      }
      await startWeft(place, "agent", { config: agentConfig(plan, m) });
      return;
    case "gobgp":
      await startGobgp(place, { ...speaker(m), ...gobgpPeers(plan, m) });
      return;
    case "exabgp":
      await startExabgp(place, {
        ...speaker(m),
        peers: reflectorAddresses(plan, m).map((address) => ({ address })),
        routes: m.routes,
      });
      return;
  }
}

function speaker(m: PlannedMember) {
  return { asn: m.asn, routerId: m.routerId, localAddress: m.loopback };
}

function gobgpPeers(plan: LabPlan, m: PlannedMember) {
  if (m.role === "reflector") return { clients: [formatPrefix(plan.loopbacks)] };
  return { peers: reflectorAddresses(plan, m).map((address) => ({ address })) };
}

function reflectorAddresses(plan: LabPlan, m: PlannedMember): readonly string[] {
  return plan.members.filter((r) => r.role === "reflector" && r.zone === m.zone).map((r) => r.loopback);
}

/** FRR daemons for the underlay and, on a member of kind frr, the overlay too: one bgpd does both. */
async function startRouting(plan: LabPlan, m: PlannedMember): Promise<void> {
  const underlay = underlayConfig(plan, m);
  const overlay = frrOverlay(plan, m);
  if (m.kind === "frr" && m.role === "node") await addFrrVtep(plan, m);
  const bgp = [...underlay.bgp, ...overlay];
  if (Object.keys(underlay.daemons).length === 0 && bgp.length === 0) return;
  const asn = m.role === "spine" ? spineAsn(plan) : m.asn;
  const domains = m.kind === "frr" ? frrDomains(plan, m) : [];
  const config: FrrConfig = {
    zebra: zebraConfig(m.name, domains),
    ...(m.kind === "frr" && plan.topology.bfd ? { bfdd: `hostname ${m.name}\n` } : {}),
    ...underlay.daemons,
    ...(bgp.length === 0 ? {} : { bgpd: frrBgpd(m.name, asn, m.routerId, bgp) + frrVrfs(asn, m.routerId, domains) }),
  };
  // Beside another speaker FRR only dials out: port 179 is taken, and the spines listen.
  const besideOther = m.kind !== "frr" && m.kind !== "spine";
  const more = { ...(besideOther ? { bgpd: ["-p", "0"] } : {}), ...(domains.length > 0 ? { zebra: ["-n"] } : {}) };
  const place = m.kind === "frr" ? placeOf(m) : { namespace: m.namespace, folder: m.folder };
  await startFrr(place, config, { arguments: more });
}

function frrOverlay(plan: LabPlan, m: PlannedMember): readonly string[] {
  if (m.kind !== "frr") return [];
  const who = { asn: m.asn, routerId: m.routerId, source: m.loopback, bfd: plan.topology.bfd };
  return m.role === "reflector"
    ? frrReflectorLines({ ...who, range: formatPrefix(plan.loopbacks) })
    : frrLeafLines({ ...who, peers: reflectorAddresses(plan, m) });
}
