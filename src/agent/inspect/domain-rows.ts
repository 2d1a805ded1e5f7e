// SPDX-License-Identifier: Apache-2.0
/** Domains and their routes in the rows of `weft evpn domains` and `weft evpn prefixes`. */
import { formatPrefix, type Prefix } from "../../base/net/prefix.ts";
import type { DomainRow, PrefixPathRow, PrefixRow } from "../../contract/inspect.ts";
import type { PrefixPath } from "../../evpn/types.ts";
import { hopOf } from "../desired/domain-table.ts";
import type { DomainPlan } from "../desired/network-plan.ts";
import { keyOf } from "../desired/object.ts";
import type { Vtep } from "../vtep.ts";

export function* domainRows(vtep: Vtep): Generator<DomainRow> {
  const vrfs = new Map(vtep.ipVrfs.map((v) => [v.domain, v]));
  const networks = Map.groupBy(vtep.resolved.plans, (p) => p.domain);
  for (const plan of vtep.resolved.domains) {
    const vrf = vrfs.get(plan.domain);
    const counts = vtep.evpn.domainCounts(plan.domain);
    yield {
      domain: plan.domain,
      l3vni: plan.tunnel?.l3vni ?? null,
      namespace: plan.ns,
      vxlan: plan.tunnel?.vxlan ?? null,
      routerMac: vrf?.routerMac ?? null,
      rd: vrf?.rd ?? "",
      importTargets: vrf?.importTargets ?? [],
      exportTargets: vrf?.exportTargets ?? [],
      networks: (networks.get(plan.domain) ?? []).map((p) => p.network),
      hosts: counts?.hosts ?? 0,
      prefixes: counts?.prefixes ?? 0,
      unresolved: counts?.unresolved ?? 0,
      announced: counts?.originated ?? 0,
      vteps: counts?.vteps ?? 0,
      ...domainState(vtep, plan),
    };
  }
}

/** A domain is as well as its namespace and its VXLAN device are, and it alone has its router MAC. */
function domainState(vtep: Vtep, { domain, ns, tunnel }: DomainPlan): Pick<DomainRow, "state" | "reason"> {
  const { reconciler, mirror } = vtep;
  const keys = [keyOf({ kind: "namespace", ns }), ...(tunnel ? [keyOf({ kind: "link", ns, name: tunnel.vxlan })] : [])];
  for (const key of keys) {
    const reason = reconciler.failures.get(key)?.failure.message ?? reconciler.conflicts.get(key)?.reason;
    if (reason !== undefined) return { state: "failing", reason };
  }
  const [conflict] = vtep.evpn.domainCounts(domain)?.routerMacConflicts ?? [];
  if (conflict) return { state: "failing", reason: `${conflict.vteps.join(" and ")} have the same router MAC ${conflict.mac}` };
  if (tunnel && mirror.link(ns, tunnel.vxlan) === undefined) return { state: "pending", reason: `${tunnel.vxlan} is not there yet` };
  return { state: "ready", reason: null };
}

export function* prefixRows(vtep: Vtep, domain: string | undefined): Generator<PrefixRow> {
  const plans = new Map(vtep.resolved.domains.map((p) => [p.domain, p]));
  for (const { domain: name, prefix, source, state, paths, why } of vtep.evpn.prefixes(domain)) {
    const plan = plans.get(name);
    const rows = source === "subnet" ? subnetPaths(vtep, name, prefix) : paths.map((path) => pathRow(vtep, plan, prefix, path));
    yield { domain: name, prefix: formatPrefix(prefix), source, state, paths: rows, reason: why ?? null };
  }
}

/** The bridge that has the subnet's gateway. */
function subnetPaths(vtep: Vtep, domain: string, { ip, length }: Prefix): readonly PrefixPathRow[] {
  const vrf = vtep.vrfs.find((v) => v.domain === domain && v.subnets?.some((s) => s.prefix.ip === ip && s.prefix.length === length));
  const dev = vrf && vtep.desired.plan(vrf.network)?.bridge;
  return dev === undefined ? [] : [{ via: null, dev, ...noTunnel }];
}

function pathRow(vtep: Vtep, plan: DomainPlan | undefined, prefix: Prefix, path: PrefixPath): PrefixPathRow {
  const hop = plan && hopOf(prefix, path, plan, (network) => vtep.desired.plan(network)?.bridge);
  const { via, dev } = hop ?? { via: null, dev: null };
  if (path.kind === "tunnel") return { via, dev, vtep: path.vtep, vni: path.vni, routerMac: path.routerMac, domain: null };
  return { via, dev, ...noTunnel, domain: path.kind === "domain" ? path.domain : null };
}

const noTunnel = { vtep: null, vni: null, routerMac: null, domain: null } as const;
