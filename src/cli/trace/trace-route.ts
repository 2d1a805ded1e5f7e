// SPDX-License-Identifier: Apache-2.0
/** The way of a packet by the tables of one host. Pure: what the kernel would do is asked through {@link KernelView}. */
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { maskIp, parseInterfaceAddress, parsePrefix, prefixContains } from "../../base/net/prefix.ts";
import { linkDevice } from "../../agent/desired/domain-links.ts";
import type { DomainRow, NeighbourRow, NetworkRow, PrefixPathRow, PrefixRow } from "../../contract/inspect.ts";

export interface TraceTables {
  readonly host: string;
  readonly networks: readonly NetworkRow[];
  readonly domains: readonly DomainRow[];
  readonly neighbours: readonly NeighbourRow[];
  /** Those that hold the destination. */
  readonly prefixes: readonly PrefixRow[];
}

export interface TraceEnd {
  readonly ip: Ip;
  readonly network: NetworkRow;
  readonly where: "local" | "remote";
  /** Interface when local, address of the VTEP when remote. */
  readonly at: string;
}

/** One next hop: `via` undefined for a station on the device itself. */
export interface TraceHop {
  readonly via: string | undefined;
  readonly dev: string;
}

export interface KernelView {
  /** `ip route get TO from FROM iif DEV` in a namespace; text says why not. */
  route(question: { readonly namespace: string | null; readonly from: Ip; readonly iif: string; readonly to: Ip }): TraceHop | string;
  /** VTEP that the VXLAN device sends frames for a MAC to. */
  forwarding(question: { readonly namespace: string | null; readonly vxlan: string; readonly mac: string }): string | undefined;
}

export interface TraceRow {
  readonly at: string;
  readonly what: string;
  /** What our tables say, and the kernel's; empty where there is nothing to decide. */
  readonly tables: string;
  readonly kernel: string;
  readonly agree: "yes" | "no" | "-";
}

export function traceRoute(from: TraceEnd, to: Ip, all: TraceTables, kernel: KernelView): readonly TraceRow[] {
  const { network } = from;
  const tables = within(all, network.domain, network.network);
  const start = step(hostOf(from, tables), `${from.ip} in ${network.network}${from.where === "local" ? `, port ${from.at}` : ""}`);
  const own = tables.networks.find((n) => n.gateways.some((g) => parseInterfaceAddress(g)!.ip === to));
  if (own) return [start, step(hostOf(from, tables), `${to} is the gateway of ${own.network}: every host with the network answers itself`)];
  const subnets = network.gateways.map((g) => parseInterfaceAddress(g)!);
  const isNear = subnets.length === 0 || subnets.some((g) => prefixContains({ ip: maskIp(g.ip, g.length), length: g.length }, to));
  if (isNear) return [start, ...bridged(from.where === "local" ? tables.host : from.at, network, to, tables, kernel)];
  const gateway = subnets.find((g) => isIp4(g.ip) === isIp4(to));
  if (!gateway) return [start, step(hostOf(from, tables), `${to} is of a family without gateway in ${network.network}`)];
  const what = `gateway ${gateway.ip} of ${network.network}${from.where === "local" ? "" : `, as this host would route it for ${from.at}`}`;
  const at: Router = { what, domain: network.domain, namespace: network.namespace, iif: network.bridge };
  return [start, ...routed(at, from.ip, to, all, kernel)];
}

/** What one domain has of the tables, or a network without one. */
function within(tables: TraceTables, domain: string | null, network?: string): TraceTables {
  const networks = tables.networks.filter((n) => (domain === null ? n.network === network : n.domain === domain));
  const names = new Set(networks.map((n) => n.network));
  return {
    ...tables,
    networks,
    neighbours: tables.neighbours.filter((n) => names.has(n.network)),
    prefixes: tables.prefixes.filter((p) => p.domain === domain),
  };
}

/** Who decides: a domain, for what comes in by a device. */
interface Router {
  readonly what: string;
  readonly domain: string | null;
  readonly namespace: string | null;
  readonly iif: string;
}

function hostOf(from: TraceEnd, tables: TraceTables): string {
  return from.where === "local" ? tables.host : from.at;
}

function routed(router: Router, from: Ip, to: Ip, all: TraceTables, kernel: KernelView): readonly TraceRow[] {
  const { what, namespace, iif } = router;
  const tables = within(all, router.domain);
  const best = longest(tables.prefixes, to);
  const hops = (best?.paths ?? []).flatMap((p): TraceHop[] => (p.dev === null ? [] : [{ via: p.via ?? undefined, dev: p.dev }]));
  const answer = kernel.route({ namespace, from, iif, to });
  const isAgreed = typeof answer === "string" ? hops.length === 0 : hops.some((h) => h.via === answer.via && h.dev === answer.dev);
  const isOurs = best === undefined || best.state !== "local" || best.source === "subnet";
  const decision: TraceRow = {
    at: tables.host,
    what,
    tables: best ? `${best.prefix} ${hops.map(hopText).join(" or ") || best.source}` : "no route",
    kernel: typeof answer === "string" ? answer : hopText(answer),
    agree: isOurs ? (isAgreed ? "yes" : "no") : "-",
  };
  if (!best) return [decision, ...waiting(tables, to)];
  return [
    decision,
    ...best.paths.flatMap((path) =>
      path.domain === null ? beyond(path, best, to, tables, kernel) : inDomain(path.domain, best.domain, from, to, all, kernel),
    ),
  ];
}

/** The other domain decides anew, by what is here in it: it leads to no third one. */
function inDomain(name: string, origin: string, from: Ip, to: Ip, all: TraceTables, kernel: KernelView): readonly TraceRow[] {
  const domain = all.domains.find((d) => d.domain === name);
  if (!domain) return [];
  return routed({ what: `domain ${name}`, domain: name, namespace: domain.namespace, iif: linkDevice(origin) }, from, to, all, kernel);
}

/** Routes that would lead there if they could. */
function waiting({ host, prefixes }: TraceTables, to: Ip): readonly TraceRow[] {
  const held = prefixes.filter((p) => p.state === "unresolved" && prefixContains(parsePrefix(p.prefix)!, to));
  return held.map((p) => step(host, `${p.prefix} is not installed: ${p.reason}`));
}

function longest(prefixes: readonly PrefixRow[], to: Ip): PrefixRow | undefined {
  const lengthOf = (p: PrefixRow): number => parsePrefix(p.prefix)!.length;
  const holding = prefixes.filter((p) => p.state !== "unresolved" && prefixContains(parsePrefix(p.prefix)!, to));
  // A station of ours, or our own gateway, has an entry without a way: the subnet leads to it.
  return holding
    .filter((p) => p.paths.length > 0 || p.state === "local")
    .toSorted((a, b) => ways(b) - ways(a) || lengthOf(b) - lengthOf(a))[0];
}

function ways(p: PrefixRow): number {
  return p.paths.length > 0 || p.source === "static" || p.source === "kernel" ? 1 : 0;
}

function beyond(path: PrefixPathRow, best: PrefixRow, to: Ip, tables: TraceTables, kernel: KernelView): readonly TraceRow[] {
  if (path.vtep !== null) {
    const tunnel = step(path.vtep, `from the tunnel with VNI ${path.vni}, to router ${path.routerMac}`);
    const owner = best.source === "host" ? tables.neighbours.find((n) => n.ip === to) : undefined;
    return [tunnel, step(path.vtep, owner ? `${to} is ${owner.mac} in ${owner.network}` : `${to} by that host's own tables`)];
  }
  const network = tables.networks.find((n) => n.bridge === path.dev && n.domain === best.domain);
  if (!network) return [];
  return bridged(tables.host, network, (path.via ?? to) as Ip, tables, kernel);
}

/** Within a network: to the MAC of the address. */
function bridged(at: string, network: NetworkRow, to: Ip, tables: TraceTables, kernel: KernelView): readonly TraceRow[] {
  const { namespace, vxlan } = network;
  const known = tables.neighbours.find((n) => n.network === network.network && n.ip === to);
  if (!known) return [step(at, `${to} in ${network.network} is not known: asked for by ARP or neighbour solicitation everywhere`)];
  const what = `${to} is ${known.mac} in ${network.network}`;
  if (known.where === "local") return [step(at, `${what}, port ${known.at}`)];
  const answer = kernel.forwarding({ namespace, vxlan, mac: known.mac });
  const agree = answer === known.at ? "yes" : "no";
  const row: TraceRow = {
    at,
    what,
    tables: `VTEP ${known.at} dev ${vxlan}`,
    kernel: answer === undefined ? "no entry" : `VTEP ${answer} dev ${vxlan}`,
    agree,
  };
  return [row, step(known.at, `from the tunnel with VNI ${network.vni} to ${known.mac}`)];
}

function step(at: string, what: string): TraceRow {
  return { at, what, tables: "", kernel: "", agree: "-" };
}

function hopText({ via, dev }: TraceHop): string {
  return via === undefined ? `dev ${dev}` : `via ${via} dev ${dev}`;
}
