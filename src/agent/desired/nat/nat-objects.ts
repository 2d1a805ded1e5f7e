// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../../base/net/ip.ts";
import { inSysctl } from "../../../base/sys/sysctl-name.ts";
import { natMetric } from "../../ownership.ts";
import { routingSysctls } from "../device-objects.ts";
import { hostNamespace, type KernelObject, keyOf, type NamespaceName, type SysctlObject } from "../object.ts";
import { domainTable, natTable } from "./domain-table.ts";
import { hostTable } from "./host-table.ts";
import type { DomainNatPlan, PublicPlan } from "./nat-plan.ts";
import type { NatPlan } from "./resolve-nat.ts";
import { aliasOf } from "./workload-source.ts";

/** Of the two ends of every link; its own scope on each. */
const hostEnd6 = "fe80::1" as Ip;
const insideEnd6 = "fe80::2" as Ip;
const anywhere4 = { ip: "0.0.0.0" as Ip, length: 0 };
const anywhere6 = { ip: "::" as Ip, length: 0 };

/** Everything that NAT needs in the kernel of this host. @param mtu of the links: that of workloads, so that the host tells outside what fits */
export function natObjects(plan: NatPlan, mtu: number | undefined): KernelObject[] {
  const { public: pub, domains } = plan;
  if (!pub || domains.length === 0) return [];
  const six = domains.some((d) => d.floating.some((f) => !isIp4(f.outer)) || d.announced.some((p) => !isIp4(p.ip)));
  return [
    { kind: "ruleset", ns: hostNamespace, table: hostTable(pub, domains) },
    ...publicSysctls(pub, six),
    ...(domains.some((d) => d.outbound?.source === "workload") ? [sysctl(hostNamespace, "net.ipv4.fwmark_reflect", "1")] : []),
    ...domains.flatMap((d) => linkObjects(d, mtu, six && pub.byInterface6)),
    ...proxies(plan),
  ];
}

const sysctl = (ns: NamespaceName, path: string, value: string): SysctlObject => ({ kind: "sysctl", ns, path, value });

/** Without the table that says for whom, the host would forward from outside into the underlay. */
const closedBy = keyOf({ kind: "ruleset", ns: hostNamespace, table: natTable });
const forwarding = (path: string): SysctlObject => ({ ...sysctl(hostNamespace, path, "1"), closedBy });

/**
 * Forwarding is switched on for the two sides and no other interface. With IPv6 kernels before 6.17 know it only for all of them at once, and
 * later ones by `force_forwarding`; `forwarding` of the interface has it answer as a router, which discovery by proxy needs.
 * Proxy ARP waits up to 0.8 s before it answers unless it is told not to.
 */
function publicSysctls({ interface: device, byInterface6 }: PublicPlan, six: boolean): SysctlObject[] {
  const dev = inSysctl(device);
  const four = [forwarding(`net.ipv4.conf.${dev}.forwarding`), sysctl(hostNamespace, `net.ipv4.neigh.${dev}.proxy_delay`, "0")];
  if (!six) return four;
  return [
    ...four,
    ...(byInterface6
      ? [forwarding(`net.ipv6.conf.${dev}.forwarding`), forwarding(`net.ipv6.conf.${dev}.force_forwarding`)]
      : [forwarding("net.ipv6.conf.all.forwarding")]),
    sysctl(hostNamespace, `net.ipv6.conf.${dev}.proxy_ndp`, "1"),
    sysctl(hostNamespace, `net.ipv6.neigh.${dev}.proxy_delay`, "0"),
  ];
}

/** As much as a veth can have. */
const widestMtu = 65_535;

/**
 * Where the host sees the addresses of workloads, nothing may be too big for the link: what comes back is on its way under the domain's alias there, and an error about it
 * would quote that. The domain's namespace says what fits. With IPv6, which has no part in it, the MTU stays the overlay's.
 */
function onceObjects(d: DomainNatPlan, overlayMtu: number | undefined): KernelObject[] {
  const { ns, link } = d;
  const six = [...d.floating.map((f) => f.outer), ...d.announced.map((p) => p.ip)].some((ip) => !isIp4(ip));
  const mtu6 = (where: NamespaceName, dev: string): SysctlObject => sysctl(where, `net.ipv6.conf.${dev}.mtu`, String(overlayMtu));
  return [
    {
      kind: "route",
      ns: hostNamespace,
      prefix: { ip: aliasOf(d), length: 32 },
      metric: natMetric,
      hops: [{ via: link.insideAddress, dev: link.host }],
    },
    // A workload may have an address that the host has, too.
    sysctl(hostNamespace, `net.ipv4.conf.${link.host}.accept_local`, "1"),
    ...(six && overlayMtu !== undefined ? [mtu6(ns, link.inside), mtu6(hostNamespace, link.host)] : []),
  ];
}

function linkObjects(d: DomainNatPlan, overlayMtu: number | undefined, forwards6: boolean): KernelObject[] {
  const { ns, link } = d;
  const isOnce = d.outbound?.source === "workload";
  const mtu = isOnce ? widestMtu : overlayMtu;
  const inside: KernelObject = {
    kind: "link",
    ns,
    name: link.inside,
    device: { kind: "veth", peer: { ns: hostNamespace, name: link.host } },
    mtu,
    master: undefined,
  };
  const of = { ns, name: link.inside };
  const host: KernelObject = {
    kind: "link",
    ns: hostNamespace,
    name: link.host,
    device: { kind: "veth-peer", of },
    mtu,
    master: undefined,
  };
  const address = (where: NamespaceName, dev: string, ip: Ip, length: number): KernelObject => ({
    kind: "address",
    ns: where,
    dev,
    ip,
    length,
  });
  const route = (where: NamespaceName, prefix: { ip: Ip; length: number }, via: Ip, dev: string): KernelObject => ({
    kind: "route",
    ns: where,
    prefix,
    metric: natMetric,
    hops: [{ via, dev }],
  });
  const outside = [...d.floating.map((f) => ({ ip: f.outer, length: isIp4(f.outer) ? 32 : 128 })), ...d.announced];
  return [
    inside,
    host,
    { kind: "ruleset", ns, table: domainTable(d) },
    address(ns, link.inside, link.insideAddress, 30),
    address(ns, link.inside, insideEnd6, 64),
    address(hostNamespace, link.host, link.hostAddress, 30),
    address(hostNamespace, link.host, hostEnd6, 64),
    ...routingSysctls(ns, link.inside),
    ...routingSysctls(hostNamespace, link.host),
    forwarding(`net.ipv4.conf.${link.host}.forwarding`),
    ...(forwards6 ? [forwarding(`net.ipv6.conf.${link.host}.force_forwarding`)] : []),
    route(ns, anywhere4, link.hostAddress, link.inside),
    route(ns, anywhere6, hostEnd6, link.inside),
    ...(isOnce ? onceObjects(d, overlayMtu) : []),
    ...outside.map((p) => route(hostNamespace, p, isIp4(p.ip) ? link.insideAddress : insideEnd6, link.host)),
  ];
}

function proxies({ public: pub, floating }: NatPlan): KernelObject[] {
  return floating.flatMap((f) =>
    f.announce.includes("arp")
      ? f.pairs.map(({ outer: ip }): KernelObject => ({ kind: "proxy", ns: hostNamespace, dev: pub!.interface, ip }))
      : [],
  );
}
