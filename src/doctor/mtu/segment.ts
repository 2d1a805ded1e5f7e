// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { encapsulation } from "../../agent/kernel/underlay.ts";
import { DoctorError } from "../errors.ts";
import type { DeviceFacts, NamespaceFacts } from "../facts.ts";
import { networkMtu } from "../network-mtu.ts";
import type { Target } from "./target.ts";

/** A part of the way between two ends, and the size of IP packets that it has to carry. */
export type Segment =
  /** The host's end of a workload's link. */
  | { readonly kind: "port"; readonly device: DeviceFacts; readonly needs: number }
  /** From the gateway of a network to a workload of this host. */
  | { readonly kind: "inside"; readonly namespace: string | undefined; readonly from: Ip; readonly to: Ip; readonly needs: number }
  /** Between two VTEPs. */
  | { readonly kind: "underlay"; readonly from: Ip; readonly to: Ip; readonly needs: number };

/** What the plan is made from besides the ends. */
export interface Surroundings {
  readonly host: NamespaceFacts;
  /** Namespaces of domains by name. */
  readonly domains: readonly NamespaceFacts[];
  /** Size of packets within the network that is asked for; undefined: the network's MTU. */
  readonly size: number | undefined;
}

/** Of a host without networks. */
const usualMtu = 1500;

/** The parts of the way between two ends that can be measured from this host. @throws DoctorError when neither end is here */
export function planSegments(a: Target, b: Target, around: Surroundings): readonly Segment[] {
  const { host, domains } = around;
  const isHere = (t: Target): boolean => (t.kind === "workload" ? t.where === "local" : hasAddress(host, t.ip));
  if (!isHere(a) && !isHere(b))
    throw new DoctorError("WEFT_DOCTOR_TARGET", "neither end is at this host: ask at the host of one of them, packets are sent from there");
  const size = around.size ?? inner(a, b) ?? widest([host, ...domains]) ?? usualMtu;
  const out: Segment[] = [];
  for (const end of [a, b]) if (end.kind === "workload" && end.where === "local") out.push(...local(end, size, around));
  const [here, there] = isHere(a) ? [a, b] : [b, a];
  if (isHere(there)) return out;
  const to = there.kind === "workload" ? (there.at as Ip) : there.ip;
  const from = here.kind === "host" ? here.ip : (vtepOf(here, around) ?? anyVtep([host, ...domains], to));
  if (from === undefined) throw new DoctorError("WEFT_DOCTOR_TARGET", "this host has no VXLAN device: its VTEP address is not known");
  out.push({ kind: "underlay", from, to, needs: size + encapsulation(to) });
  return out;
}

function hasAddress(ns: NamespaceFacts, ip: Ip): boolean {
  return ns.devices.some((d) => d.addresses.some((a) => a.ip === ip));
}

/** The smaller MTU of the networks that the ends are in. */
function inner(...ends: readonly Target[]): number | undefined {
  const known = ends.flatMap((e) => (e.kind === "workload" && e.network.mtu !== null ? [e.network.mtu] : []));
  return known.length === 0 ? undefined : Math.min(...known);
}

function widest(namespaces: readonly NamespaceFacts[]): number | undefined {
  const mtus = namespaces.flatMap((ns) => ns.devices.flatMap((d) => (d.vxlan === undefined ? [] : [networkMtu(d, ns)])));
  return mtus.length === 0 ? undefined : Math.max(...mtus);
}

function local(end: Target & { readonly kind: "workload" }, needs: number, around: Surroundings): readonly Segment[] {
  const ns = namespaceOf(end, around);
  const out: Segment[] = [];
  const device = ns?.devices.find((d) => d.name === end.at);
  if (device !== undefined) out.push({ kind: "port", device, needs });
  const { ip } = end;
  if (ip === undefined) return out;
  const gateways = ns?.devices.find((d) => d.name === end.network.bridge)?.addresses ?? [];
  const gateway = gateways.find((g) => isIp4(g.ip) === isIp4(ip) && !g.ip.startsWith("fe80:"));
  if (gateway !== undefined) out.push({ kind: "inside", namespace: ns?.name, from: gateway.ip, to: ip, needs });
  return out;
}

function namespaceOf(end: Target & { readonly kind: "workload" }, { host, domains }: Surroundings): NamespaceFacts | undefined {
  return end.network.namespace === null ? host : domains.find((d) => d.name === end.network.namespace);
}

function vtepOf(end: Target & { readonly kind: "workload" }, around: Surroundings): Ip | undefined {
  return namespaceOf(end, around)?.devices.find((d) => d.name === end.network.vxlan)?.vxlan?.local;
}

function anyVtep(namespaces: readonly NamespaceFacts[], to: Ip): Ip | undefined {
  const all = namespaces.flatMap((ns) => ns.devices.flatMap((d) => (d.vxlan?.local === undefined ? [] : [d.vxlan.local])));
  return all.find((ip) => isIp4(ip) === isIp4(to));
}
