// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../base/run/clock.ts";
import type { DuplicateRow, MacRow, NeighbourRow, NetworkRow, PortRow, VtepRow } from "../../contract/inspect.ts";
import { formatPrefix } from "../../base/net/prefix.ts";
import type { EvpnProvider } from "../../daemon/provider.ts";
import type { MacVrf } from "../../evpn/types.ts";
import { mtuDevice, type NetworkPlan } from "../desired/network-plan.ts";
import { domainRows, prefixRows } from "./domain-rows.ts";
import { hostNamespace, keyOf } from "../desired/object.ts";
import { neighbourTable } from "../desired/question-table.ts";
import type { Vtep } from "../vtep.ts";
import { type DroppedQuestions, droppedQuestions } from "./dropped-questions.ts";

/** The EVPN tables of this host in the rows of `weft evpn …`. */
export function evpnProvider(vtep: Vtep, clock: Clock): EvpnProvider {
  const { evpn } = vtep;
  return {
    hasNetwork: (name) => [...vtep.resolved.plans, ...vtep.resolved.refused].some((p) => p.network === name),
    hasDomain: (name) => vtep.resolved.domains.some((d) => d.domain === name),
    networks: () => networkRows(vtep),
    ports: () => portRows(vtep),
    domains: () => domainRows(vtep),
    prefixes: (domain) => prefixRows(vtep, domain),
    *vteps(only): Iterable<VtepRow> {
      for (const { network, vni, vtep: address, macs } of evpn.vteps(only)) yield { network, vni, vtep: address, macs };
    },
    macs: (network, mac): Iterable<MacRow> => evpn.macs(network, mac),
    neighbours: (network): Iterable<NeighbourRow> => evpn.neighbours(network),
    duplicates: () =>
      evpn.duplicates().map((d): DuplicateRow => {
        const at = (ms: number): string => new Date(clock.wall() - clock.now() + ms).toISOString();
        const { network, vni, mac = null, ip = null, moves } = d;
        return { network, vni, mac, ip, moves, since: at(d.since), until: d.until === undefined ? null : at(d.until) };
      }),
    clearDuplicates: (filter) => vtep.clearDuplicates(filter),
  };
}

function* networkRows(vtep: Vtep): Generator<NetworkRow> {
  const vrfs = new Map(vtep.vrfs.map((v) => [v.network, v]));
  const dropped = droppedQuestions(vtep);
  const { plans, refused } = vtep.resolved;
  for (const plan of plans) yield networkRow(vtep, plan, vrfs.get(plan.network), dropped.get(plan.network));
  for (const r of refused) {
    yield {
      network: r.network,
      vni: r.vni,
      domain: null,
      namespace: null,
      bridge: r.bridge,
      gateways: [],
      vxlan: r.vxlan,
      mtu: null,
      rd: "",
      importTargets: [],
      exportTargets: [],
      mode: "adopt",
      localMacs: 0,
      remoteMacs: 0,
      vteps: 0,
      unknownNeighbours: "flood",
      droppedArp: 0,
      droppedNd: 0,
      state: "refused",
      reason: r.reason,
    };
  }
}

function* portRows(vtep: Vtep): Generator<PortRow> {
  const plans = new Map(vtep.resolved.plans.map((p) => [p.network, p]));
  const { mirror } = vtep;
  for (const port of vtep.resolved.ports) {
    const plan = plans.get(port.network);
    if (plan === undefined) continue;
    const bridge = mirror.link(plan.ns, plan.bridge)?.index;
    const isAttached = bridge !== undefined && mirror.link(plan.ns, port.interface)?.master === bridge;
    const { name, network, interface: device, mac = null, ips } = port;
    yield { port: name, network, vni: plan.vni, interface: device, mac, ips, state: isAttached ? "attached" : "waiting" };
  }
}

function networkRow(vtep: Vtep, plan: NetworkPlan, vrf: MacVrf | undefined, dropped: DroppedQuestions | undefined): NetworkRow {
  const counts = vtep.evpn.counts(plan.network);
  const { state, reason } = networkState(vtep, plan);
  return {
    network: plan.network,
    vni: plan.vni,
    domain: plan.domain ?? null,
    namespace: plan.ns === hostNamespace ? null : plan.ns,
    bridge: plan.bridge,
    gateways: (plan.gateway?.addresses ?? []).map(formatPrefix),
    vxlan: plan.vxlan,
    mtu: vtep.mirror.link(plan.ns, mtuDevice(plan))?.mtu ?? null,
    rd: vrf?.rd ?? "",
    importTargets: vrf?.importTargets ?? [],
    exportTargets: vrf?.exportTargets ?? [],
    mode: plan.mode,
    localMacs: counts?.localMacs ?? 0,
    remoteMacs: counts?.remoteMacs ?? 0,
    vteps: counts?.vteps ?? 0,
    unknownNeighbours: plan.unknownNeighbours,
    droppedArp: dropped?.arp ?? 0,
    droppedNd: dropped?.nd ?? 0,
    state,
    reason,
  };
}

/** A network is as well as its devices, and the table that keeps its questions here, are; single entries that fail are problems of their own. */
export function networkState(
  vtep: Vtep,
  plan: NetworkPlan,
): { readonly state: "ready" | "pending" | "failing"; readonly reason: string | null } {
  const { reconciler } = vtep;
  const { ns } = plan;
  if (reconciler.failures.size + reconciler.conflicts.size > 0) {
    const keys = [plan.bridge, plan.vxlan].map((name) => keyOf({ kind: "link", ns, name }));
    if (plan.unknownNeighbours === "drop") keys.push(keyOf({ kind: "ruleset", ns, table: neighbourTable }));
    if (ns !== hostNamespace) keys.unshift(keyOf({ kind: "namespace", ns }));
    for (const key of keys) {
      const reason = reconciler.failures.get(key)?.failure.message ?? reconciler.conflicts.get(key)?.reason;
      if (reason !== undefined) return { state: "failing", reason };
    }
  }
  const missing = [plan.bridge, plan.vxlan].find((name) => vtep.mirror.link(ns, name) === undefined);
  if (missing !== undefined) return { state: "pending", reason: `${missing} is not there yet` };
  return { state: "ready", reason: null };
}
