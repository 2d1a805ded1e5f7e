// SPDX-License-Identifier: Apache-2.0
import type { Prefix } from "../../base/net/prefix.ts";
import type { KernelDiffRow } from "../../contract/inspect.ts";
import { describeKey, hostNamespace, type KernelObject, type ObjectKey, parseKey } from "../desired/object.ts";
import type { Mirror } from "../kernel/mirror.ts";
import { ownProtocol } from "../ownership.ts";
import { digestOf } from "../../nftables/digest.ts";
import { planObject } from "../reconcile/plan.ts";
import type { PlanContext } from "../reconcile/plan/context.ts";
import type { Vtep } from "../vtep.ts";

/**
 * Compares the kernel, read anew, with what is wanted; changes nothing. Entries kept for a graceful restart count as surplus. The loop has its turns
 * meanwhile: each object is judged by what is wanted and known of it in the moment when its turn comes, so what changes during the reading may
 * be told as it was or as it is, and what does not change is told exactly. @throws NetlinkError
 */
export async function kernelDiff(vtep: Vtep): Promise<readonly KernelDiffRow[]> {
  const context: PlanContext = { ...vtep.planContext, keeps: () => false, keepsSome: () => false };
  const rows = new Map<ObjectKey, KernelDiffRow>();
  await vtep.audit.look((key) => {
    const row = rows.has(key) ? undefined : diffRow(vtep, context, key);
    if (row) rows.set(key, row);
  });
  return [...rows.values()];
}

/** Undefined for an object that is as it should be. */
function diffRow(vtep: Vtep, context: PlanContext, key: ObjectKey): KernelDiffRow | undefined {
  const verdict = planObject(key, context);
  if (verdict.kind === "settled") return undefined;
  const wanted = vtep.desired.objects.get(key);
  const actual = actualText(key, vtep.mirror);
  const { ns } = parseKey(key);
  return {
    namespace: ns === hostNamespace ? null : ns,
    object: describeKey(key),
    change: verdict.kind === "conflict" ? "conflict" : wanted === undefined ? "surplus" : actual === null ? "missing" : "different",
    wanted: wanted === undefined ? null : wantedText(wanted),
    actual,
    error: verdict.kind === "ops" ? (vtep.reconciler.failures.get(key)?.failure.message ?? null) : verdict.reason,
  };
}

function wantedText(o: KernelObject): string {
  switch (o.kind) {
    case "namespace":
      return "present";
    case "link": {
      const { device, mtu, master } = o;
      const kind = device.kind !== "vxlan" ? device.kind : `vxlan id ${device.vni} local ${device.local} dstport ${device.port}`;
      return `${kind}${mtu === undefined ? "" : ` mtu ${mtu}`}${master === undefined ? "" : ` master ${master}`}`;
    }
    case "attachment":
      return `master ${o.bridge}`;
    case "sysctl":
      return o.value;
    case "remote-mac":
      return `dst ${o.vtep}${o.vni === undefined ? "" : ` vni ${o.vni}`}`;
    case "flood":
      return `dst ${o.vtep}${o.vni === undefined ? "" : ` vni ${o.vni}`}`;
    case "address":
      return "present";
    case "route":
      return o.hops.map((h) => `via ${h.via}${h.dev === undefined ? "" : ` dev ${h.dev}`}`).join(", ");
    case "proxy":
      return "own";
    case "ruleset":
      return digestOf(o.table);
    default:
      return `lladdr ${o.mac}`;
  }
}

function actualText(key: ObjectKey, mirror: Mirror): string | null {
  const ref = parseKey(key);
  switch (ref.kind) {
    case "namespace":
      return mirror.hasNamespace(ref.ns) ? "present" : null;
    case "link":
    case "attachment": {
      const link = mirror.link(ref.ns, ref.name);
      if (!link) return null;
      const master = link.master === 0 ? "" : ` master ${mirror.linkByIndex(ref.ns, link.master)?.name ?? link.master}`;
      const vxlan = link.vxlan ? ` id ${link.vxlan.vni} local ${link.vxlan.local ?? "any"} dstport ${link.vxlan.port}` : "";
      return `${link.type || "device"}${vxlan} mtu ${link.mtu}${master} ${link.up ? "up" : "down"}`;
    }
    case "sysctl":
      return mirror.sysctl(ref.ns, ref.path) ?? null;
    case "remote-mac":
      return macText(ref, mirror);
    case "flood": {
      const entry = mirror.flood(ref.ns, ref.dev, ref.vtep);
      return entry ? `dst ${ref.vtep}${entry.own ? "" : ", not ours"}` : null;
    }
    case "address":
      return mirror.addresses(ref.ns, ref.dev).some((a) => a.ip === ref.ip && a.length === ref.length) ? "present" : null;
    case "route":
      return routeText(ref, mirror);
    case "proxy":
    case "ruleset":
      return mirror.fact(key) ?? null;
    default: {
      const entry = mirror.neighbour(ref.ns, ref.dev, ref.ip);
      return entry ? `lladdr ${entry.mac}, ${entry.origin}` : null;
    }
  }
}

function routeText(
  { ns, prefix, metric }: { readonly ns: string; readonly prefix: Prefix; readonly metric: number },
  mirror: Mirror,
): string | null {
  const route = mirror.route(ns, prefix, metric);
  if (!route) return null;
  const hops = route.hops.map((h) => {
    const dev = h.dev === undefined ? undefined : (mirror.linkByIndex(ns, h.dev)?.name ?? `#${h.dev}`);
    return [h.via && `via ${h.via}`, dev && `dev ${dev}`].filter((t) => t !== undefined).join(" ");
  });
  return `${route.type === "unicast" ? "" : `${route.type} `}${hops.join(", ")}${route.protocol === ownProtocol ? "" : ", not ours"}`;
}

function macText(
  ref: { readonly ns: string; readonly dev: string; readonly mac: Parameters<Mirror["vxlanEntry"]>[2] },
  mirror: Mirror,
): string | null {
  const self = mirror.vxlanEntry(ref.ns, ref.dev, ref.mac);
  const link = mirror.link(ref.ns, ref.dev);
  const bridge = link && mirror.linkByIndex(ref.ns, link.master)?.name;
  const master = bridge === undefined ? undefined : mirror.bridgeEntry(ref.ns, bridge, ref.mac);
  if (!self && !master) return null;
  const port = master && (mirror.linkByIndex(ref.ns, master.port)?.name ?? master.port);
  return `${self ? `dst ${self.vtep}` : "no dst"}, ${port === undefined ? "not in the bridge" : `bridge port ${port}`}`;
}
