// SPDX-License-Identifier: Apache-2.0
import { keyOf, type LinkObject, type NamespaceName, type ObjectKey } from "../../desired/object.ts";
import type { ActualLink } from "../../kernel/actual.ts";
import { ownAlias } from "../../ownership.ts";
import type { DeviceChange, Op } from "../op.ts";
import { conflict, isHalfMade, isOurs, opsOrSettled, type PlanContext, settled, type Verdict, waiting } from "./context.ts";

/** Only namespaces of ours are ever in the mirror, besides the host's; one that somebody else made is reported when it is opened. */
export function planNamespace(key: ObjectKey, ns: NamespaceName, wanted: boolean, context: PlanContext): Verdict {
  const there = context.actual.hasNamespace(ns);
  if (wanted === there || ns === "") return settled;
  if (wanted) return { kind: "ops", ops: [{ kind: "create-namespace", key, ns }] };
  return { kind: "ops", ops: [{ kind: "delete-namespace", key, ns }] };
}

export function planLink(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly name: string },
  wanted: LinkObject | undefined,
  context: PlanContext,
): Verdict {
  const link = context.actual.link(ref.ns, ref.name);
  if (!wanted) return planUnwanted(key, ref, link, context);
  if (wanted.device.kind === "veth-peer" && (!link || !otherEnd(wanted.device, context))) return waiting("its other end is not there");
  if (!link) return { kind: "ops", ops: makeOps(key, wanted) };
  if (!isOurs(link) && !isHalfMade(link) && !isOtherEnd(link, wanted, context))
    return conflict(`${ref.name} exists and was not made by the agent (no alias "${ownAlias}")`);
  const remake = !sameDevice(link, wanted);
  if (remake) return { kind: "ops", ops: [{ kind: "delete-link", key, ns: ref.ns, name: ref.name }, ...makeOps(key, wanted)], remake };
  return opsOrSettled(adjustOps(key, link, wanted, context));
}

function planUnwanted(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly name: string },
  link: ActualLink | undefined,
  context: PlanContext,
): Verdict {
  if (!link || !isOurs(link)) return settled;
  // `lo` carries the mark of the namespace. A namespace that goes takes its devices along.
  if (link.name === "lo") return settled;
  if (ref.ns !== "" && !context.wanted.has(keyOf({ kind: "namespace", ns: ref.ns }))) return settled;
  return { kind: "ops", ops: [{ kind: "delete-link", key, ns: ref.ns, name: ref.name }] };
}

function makeOps(key: ObjectKey, wanted: LinkObject): Op[] {
  const { ns, name, device, mtu, master } = wanted;
  const ops: Op[] = [
    { kind: "create-link", key, ns, name, device, mtu },
    { kind: "mark-link", key, ns, name, alias: ownAlias },
    { kind: "set-up", key, ns, name },
  ];
  // What a bridge is made with does not last: its MTU follows its ports until one is set.
  if (device.kind === "bridge" && mtu !== undefined) ops.push({ kind: "set-mtu", key, ns, name, mtu });
  if (master !== undefined) {
    ops.push({ kind: "set-master", key, ns, name, master });
    if (device.kind === "vxlan") ops.push({ kind: "set-port-flags", key, ns, name });
  }
  return ops;
}

function adjustOps(key: ObjectKey, link: ActualLink, wanted: LinkObject, context: PlanContext): Op[] {
  const { ns, name, master } = wanted;
  const ops: Op[] = [];
  if (!isOurs(link) || !link.addressless) ops.push({ kind: "mark-link", key, ns, name, alias: ownAlias });
  if (wanted.mtu !== undefined && link.mtu !== wanted.mtu) ops.push({ kind: "set-mtu", key, ns, name, mtu: wanted.mtu });
  const change = changeOf(link, wanted);
  if (change) ops.push({ kind: "set-device", key, ns, name, change });
  // A bridge may be put where the administrator wants it; the tunnel of a domain has no place in one.
  const isFree = master === undefined && (wanted.device.kind !== "vxlan" || link.master === 0);
  const enslaved = isFree || (link.master !== 0 && context.actual.linkByIndex(ns, link.master)?.name === master);
  if (!enslaved) ops.push({ kind: "set-master", key, ns, name, master });
  const isPort = wanted.device.kind === "vxlan" && master !== undefined;
  const flagged = !isPort || (link.port?.neighSuppress === true && !link.port.learning && link.port.open);
  if (isPort && (!enslaved || !flagged)) ops.push({ kind: "set-port-flags", key, ns, name });
  if (!link.up) ops.push({ kind: "set-up", key, ns, name });
  return ops;
}

function otherEnd({ of }: LinkObject["device"] & { readonly kind: "veth-peer" }, context: PlanContext): ActualLink | undefined {
  return context.actual.link(of.ns, of.name);
}

/** The kernel makes the two ends of a pair at once and we mark only one; its event about the other comes before that knows of its peer. */
function isOtherEnd(link: ActualLink, { device }: LinkObject, context: PlanContext): boolean {
  if (device.kind !== "veth-peer" || link.type !== "veth" || link.alias !== undefined) return false;
  const end = otherEnd(device, context);
  return end !== undefined && (isOurs(end) || isHalfMade(end)) && end.peer === link.index;
}

/** What can be changed on a device that exists, and is not as it was made. */
function changeOf(link: ActualLink, { device }: LinkObject): DeviceChange | undefined {
  const address = device.address === undefined || link.address === device.address ? {} : { address: device.address };
  const change: DeviceChange =
    device.kind === "vxlan"
      ? { kind: "vxlan", ...address, ...(link.vxlan?.learning === true ? { learning: false } : {}) }
      : device.kind === "bridge"
        ? {
            kind: "bridge",
            ...address,
            ...(link.bridge?.mcastSnooping === true ? { multicastSnooping: false } : {}),
            ...(link.bridge?.vlanFiltering === true ? { vlanFiltering: false } : {}),
          }
        : { kind: "veth" };
  return Object.keys(change).length > 1 ? change : undefined;
}

/** What cannot be changed on a device that exists. */
function sameDevice(link: ActualLink, wanted: LinkObject): boolean {
  if (link.type !== (wanted.device.kind === "veth-peer" ? "veth" : wanted.device.kind)) return false;
  if (wanted.device.kind !== "vxlan") return true;
  const { vni, local, port } = wanted.device;
  return link.vxlan?.vni === vni && link.vxlan.local === local && link.vxlan.port === port && !link.vxlan.external;
}
