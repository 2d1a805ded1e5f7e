// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../../base/net/ip.ts";
import type { Mac } from "../../../base/net/mac.ts";
import type { FloodObject, NamespaceName, NeighbourObject, ObjectKey, RemoteMacObject } from "../../desired/object.ts";
import type { ActualNeighbour, BridgeEntry, VxlanEntry } from "../../kernel/actual.ts";
import type { EntryPair, Op } from "../op.ts";
import { conflict, deviceMissing, type PlanContext, settled, type Verdict } from "./context.ts";

/** `anew`: what is there keeps a property that putting does not change. */
type EntryVerdict = "put" | "anew" | "done" | Verdict;

export function planRemoteMac(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly dev: string; readonly mac: Mac },
  wanted: RemoteMacObject | undefined,
  context: PlanContext,
): Verdict {
  if (!wanted) return planUnwantedMac(key, ref, context);
  const { ns, dev, bridge, mac, vtep, vni } = wanted;
  const missing = deviceMissing(ns, dev, context);
  if (missing) return missing;
  const port = context.actual.link(ns, dev)?.index ?? 0;
  const self = judgeSelf(wanted, context.actual.vxlanEntry(ns, dev, mac));
  const master = bridge === undefined ? "done" : judgeMaster(wanted, context.actual.bridgeEntry(ns, bridge, mac), port);
  if (typeof self === "object") return self;
  if (typeof master === "object") return master;
  const entries = pair(self === "put", master !== "done");
  if (entries === undefined) return settled;
  const put: Op = { kind: "put-remote-mac", key, ns, dev, bridge, mac, vtep, vni, entries };
  if (master !== "anew") return { kind: "ops", ops: [put] };
  return { kind: "ops", ops: [{ kind: "delete-remote-mac", key, ns, dev, mac, entries: "master" }, put], remake: true };
}

function judgeSelf(wanted: RemoteMacObject, entry: VxlanEntry | undefined): EntryVerdict {
  const right = entry?.vtep === wanted.vtep && entry.vni === wanted.vni;
  if (entry?.kind === "foreign") return right ? "done" : conflict(`${wanted.mac} has a static entry to ${entry.vtep} that is not ours`);
  return right && entry?.kind === "own" ? "done" : "put";
}

/**
 * A local entry that the bridge learned is replaced: after a migration it is the stale one, and traffic follows it. A static one
 * was put there by somebody who knows, and stays.
 */
function judgeMaster(wanted: RemoteMacObject, entry: BridgeEntry | undefined, port: number): EntryVerdict {
  if (!entry) return "put";
  // Somebody put a static entry in the place of ours: the kernel kept our mark, and would keep his for a MAC that comes here later.
  if (entry.extern && entry.kind === "static") return "anew";
  if (entry.port === port && (entry.extern || entry.kind !== "learned")) return "done";
  if (entry.kind === "local") return conflict(`${wanted.mac} is an address of this host on ${wanted.bridge}`);
  if (entry.kind === "static" && !entry.extern) return conflict(`${wanted.mac} has a static entry on ${wanted.bridge} that is not ours`);
  return "put";
}

function planUnwantedMac(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly dev: string; readonly mac: Mac },
  context: PlanContext,
): Verdict {
  const { ns, dev, mac } = ref;
  if (context.keeps(key) || !context.manages(ns, dev)) return settled;
  const link = context.actual.link(ns, dev);
  if (!link) return settled;
  const bridge = context.actual.linkByIndex(ns, link.master)?.name;
  const master = bridge === undefined ? undefined : context.actual.bridgeEntry(ns, bridge, mac);
  const entries = pair(
    context.actual.vxlanEntry(ns, dev, mac)?.kind === "own",
    master !== undefined && master.extern && master.port === link.index,
  );
  return entries === undefined ? settled : { kind: "ops", ops: [{ kind: "delete-remote-mac", key, ns, dev, mac, entries }] };
}

function pair(self: boolean, master: boolean): EntryPair | undefined {
  if (self) return master ? "both" : "self";
  return master ? "master" : undefined;
}

export function planFlood(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly dev: string; readonly vtep: Ip },
  wanted: FloodObject | undefined,
  context: PlanContext,
): Verdict {
  const { ns, dev, vtep } = ref;
  const entry = context.actual.flood(ns, dev, vtep);
  if (wanted) {
    const missing = deviceMissing(ns, dev, context);
    if (missing) return missing;
    // Somebody else's entry to the same VTEP does what we want.
    if (entry && entry.vni === wanted.vni) return settled;
    if (entry && !entry.own) return conflict(`flood entry to ${vtep} with VNI ${entry.vni ?? "of the device"} is not ours`);
    const put: Op = { kind: "put-flood", key, ns, dev, vtep, vni: wanted.vni };
    // The kernel refuses to replace what is under a group address.
    return entry ? { kind: "ops", ops: [{ kind: "delete-flood", key, ns, dev, vtep }, put], remake: true } : { kind: "ops", ops: [put] };
  }
  if (!entry?.own || context.keeps(key) || !context.manages(ns, dev)) return settled;
  return { kind: "ops", ops: [{ kind: "delete-flood", key, ns, dev, vtep }] };
}

export function planNeighbour(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly dev: string; readonly ip: Ip },
  wanted: NeighbourObject | undefined,
  context: PlanContext,
): Verdict {
  const { ns, dev, ip } = ref;
  const entry = context.actual.neighbour(ns, dev, ip);
  if (wanted) {
    const missing = deviceMissing(ns, dev, context);
    if (missing) return missing;
    if (entry?.origin === "own" && entry.mac === wanted.mac) return settled;
    if (entry?.origin === "static" || entry?.origin === "daemon")
      return entry.mac === wanted.mac ? settled : conflict(`${ip} has an entry to ${entry.mac} that is not ours`);
    return { kind: "ops", ops: [{ kind: "put-neighbour", key, ns, dev, ip, mac: wanted.mac }] };
  }
  if (!entry || !context.manages(ns, dev)) return settled;
  if (entry.origin === "dynamic") return planKernelsOwn(key, ref, entry, context);
  // Nobody answers for it any more, and the kernel cleans up only after itself.
  if (entry.origin === "failed") return { kind: "ops", ops: [{ kind: "delete-neighbour", key, ns, dev, ip }] };
  if (entry.origin !== "own") return settled;
  // The workload came here: its address is still right, only no longer ours to claim.
  if (context.isLocal(ns, dev, entry.mac)) return { kind: "ops", ops: [{ kind: "release-neighbour", key, ns, dev, ip, mac: entry.mac }] };
  return context.keeps(key) ? settled : { kind: "ops", ops: [{ kind: "delete-neighbour", key, ns, dev, ip }] };
}

/**
 * What the kernel learned of a MAC that is here is kept from its garbage collection, which throws out who is silent. A bridge answers ARP
 * from what its kernel learned, too: of a MAC that is behind another VTEP it is a lie, unless a route says the same, or an address that this
 * kernel resolved by itself; that one is confirmed by asking, and asked for again when it is needed.
 */
function planKernelsOwn(
  key: ObjectKey,
  { ns, dev, ip }: { readonly ns: NamespaceName; readonly dev: string; readonly ip: Ip },
  { mac, stale, kept }: ActualNeighbour,
  context: PlanContext,
): Verdict {
  if (context.isLocal(ns, dev, mac)) return kept ? settled : { kind: "ops", ops: [{ kind: "release-neighbour", key, ns, dev, ip, mac }] };
  if ((kept || stale) && context.isElsewhere(ns, dev, mac)) return { kind: "ops", ops: [{ kind: "delete-neighbour", key, ns, dev, ip }] };
  return kept ? { kind: "ops", ops: [{ kind: "unmark-neighbour", key, ns, dev, ip, mac }] } : settled;
}
