// SPDX-License-Identifier: Apache-2.0
/** The ways between two domains of this host, of which at least one takes routes of the other. */
import { fnv1a } from "../../base/bytes/fnv1a.ts";
import type { Ip } from "../../base/net/ip.ts";
import { inSysctl } from "../../base/sys/sysctl-name.ts";
import { ImportIndex } from "../../evpn/instance/import-index.ts";
import { parseImportTarget } from "../../evpn/instance/route-target.ts";
import type { RouteTarget } from "../../evpn/types.ts";
import { routingSysctls } from "./device-objects.ts";
import type { DomainLink, DomainPlan } from "./network-plan.ts";
import type { KernelObject, LinkObject, NamespaceName } from "./object.ts";
import { namespaceOf } from "./place-networks.ts";

export interface DomainTargets {
  readonly domain: string;
  readonly importTargets: readonly RouteTarget[];
  /** Its own and those of its networks: a route to a station carries both. */
  readonly exportTargets: readonly RouteTarget[];
}

/** By domain, the links that its import list and those of the others make necessary. */
export function domainLinks(domains: readonly DomainTargets[]): ReadonlyMap<string, readonly DomainLink[]> {
  const index = new ImportIndex<string>();
  for (const { domain, importTargets } of domains)
    index.add(
      domain,
      importTargets.map((t) => parseImportTarget(t) ?? t),
    );
  const others = new Map(domains.map((d) => [d.domain, new Set<string>()]));
  for (const { domain, exportTargets } of domains) {
    for (const importer of index.importers(exportTargets.map((t) => parseImportTarget(t) ?? t))) {
      if (importer === domain) continue;
      others.get(domain)!.add(importer);
      others.get(importer)!.add(domain);
    }
  }
  return new Map([...others].map(([domain, names]) => [domain, [...names].toSorted().map((name) => linkOf(domain, name))]));
}

/** Both ends know of each other by the names of the domains alone: nothing is to be remembered or found out. */
function linkOf(here: string, there: string): DomainLink {
  return {
    domain: there,
    dev: linkDevice(there),
    ip: endAddress(here, there),
    peer: { ns: namespaceOf(there), name: linkDevice(here), ip: endAddress(there, here) },
  };
}

function endAddress(own: string, other: string): Ip {
  return (own < other ? "fe80::1" : "fe80::2") as Ip;
}

const longestName = 15;

/** `to-DOMAIN`; of a long name the beginning and a number made from it, behind a sign that no name has. */
export function linkDevice(domain: string): string {
  const name = `to-${domain}`;
  if (name.length <= longestName) return name;
  return `${name.slice(0, 6)}~${fnv1a(domain).toString(16).padStart(8, "0")}`;
}

/** The ends of a domain's links, with addresses that are next hops for both families. Of each pair the domain that comes first makes both. */
export function linkObjects({ domain, ns, tunnel, links }: DomainPlan): KernelObject[] {
  return links.flatMap((link): KernelObject[] => {
    const { dev, ip, peer } = link;
    const device: LinkObject["device"] =
      domain < link.domain
        ? { kind: "veth", peer: { ns: peer.ns, name: peer.name } }
        : { kind: "veth-peer", of: { ns: peer.ns, name: peer.name } };
    return [
      { kind: "link", ns, name: dev, device, mtu: tunnel?.mtu, master: undefined },
      { kind: "address", ns, dev, ip, length: 64 },
      ...routingSysctls(ns, inSysctl(dev)),
      acceptLocal(ns, inSysctl(dev)),
    ];
  });
}

/** Two domains may have a gateway with the same address: an error that one reports to the other would be dropped as an impostor. */
export function acceptLocal(ns: NamespaceName, dev: string): KernelObject {
  return { kind: "sysctl", ns, path: `net.ipv4.conf.${dev}.accept_local`, value: "1" };
}
