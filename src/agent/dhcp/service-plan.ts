// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { maskIp, type Prefix, prefixContains } from "../../base/net/prefix.ts";
import type { DomainSection, NetworkSection, PortSection } from "../../contract/config/agent-schema.ts";
import type { AgentConfig } from "../../contract/config/load.ts";
import { dnsLabel } from "../../contract/config/dns-label.ts";
import type { NetworkPlan } from "../desired/network-plan.ts";
import { hostNamespace, type NamespaceName } from "../desired/object.ts";

/** What one server serves: the networks of one domain on this host. */
export interface ServicePlan {
  readonly domain: string;
  readonly ns: NamespaceName;
  readonly zone: string;
  readonly upstream: readonly Ip[];
  /** Fully qualified names without the dot at their end. */
  readonly records: readonly NameRecord[];
  readonly networks: readonly ServedNetwork[];
}

export interface NameRecord {
  readonly names: readonly string[];
  readonly ips: readonly Ip[];
}

export interface ServedNetwork {
  readonly network: string;
  readonly bridge: string;
  readonly vxlan: string;
  /** `NETWORK.ZONE` */
  readonly domainName: string;
  /** Octets; undefined: workloads are not told. */
  readonly mtu: number | undefined;
  readonly ipv4: boolean;
  readonly ipv6: "stateful" | "stateless" | "slaac" | "off";
  readonly subnets: readonly ServedSubnet[];
  /** Seconds. */
  readonly lease: number;
  readonly raInterval: number;
  readonly hosts: readonly ServedHost[];
}

export interface ServedSubnet {
  readonly prefix: Prefix;
  readonly gateway: Ip;
  /** The gateway is the default router. */
  readonly router: boolean;
  readonly dns: readonly Ip[];
  /** Beside the default route; IPv4 only. */
  readonly routes: readonly { readonly prefix: Prefix; readonly via: Ip }[];
}

/** A workload of this host that gets its addresses. */
export interface ServedHost {
  readonly port: string;
  readonly mac: Mac;
  readonly name: string;
  readonly ips: readonly Ip[];
}

type Config = Pick<AgentConfig, "domains" | "networks" | "ports">;

/** The servers that this host needs, one for each domain that has a network with `dhcp` here. */
export function servicePlans(config: Config, plans: readonly NetworkPlan[]): readonly ServicePlan[] {
  return config.domains.flatMap((domain) => {
    const networks = config.networks.flatMap((section) => {
      const plan = plans.find((p) => p.network === section.name);
      const isOurs = section.domain === domain.name && plan?.mode === "own" && plan.ns !== hostNamespace;
      return isOurs && section.dhcp?.enabled === true ? [{ section, plan }] : [];
    });
    const ns = networks[0]?.plan.ns;
    return ns === undefined ? [] : [servicePlan(config, domain, ns, networks)];
  });
}

type Served = { readonly section: NetworkSection; readonly plan: NetworkPlan };

function servicePlan(config: Config, domain: DomainSection, ns: NamespaceName, networks: readonly Served[]): ServicePlan {
  const zone = qualified(domain.dns.zone ?? `${dnsLabel(domain.name)}.internal.`, "");
  return {
    domain: domain.name,
    ns,
    zone,
    upstream: domain.dns.upstream,
    records: [
      ...portRecords(config, domain.name, zone),
      ...domain.dns.records.map((r) => ({ names: [qualified(r.name, zone)], ips: r.ips })),
    ],
    networks: networks.map(({ section, plan }) => servedNetwork(section, plan, config.ports, zone)),
  };
}

/** Without a dot at its end. */
function qualified(name: string, zone: string): string {
  if (name.endsWith(".")) return name.slice(0, -1);
  return zone === "" ? name : `${name}.${zone}`;
}

/** Every declared port of the domain has names, whether its network has DHCP or not. */
function portRecords(config: Config, domain: string, zone: string): readonly NameRecord[] {
  const networks = new Set(config.networks.filter((n) => n.domain === domain).map((n) => n.name));
  return config.ports.flatMap((port) => {
    if (!networks.has(port.network) || port.ips.length === 0) return [];
    const label = hostLabel(port);
    return [{ names: [`${label}.${dnsLabel(port.network)}.${zone}`, `${label}.${zone}`], ips: port.ips }];
  });
}

function hostLabel(port: PortSection): string {
  return dnsLabel(port.hostname ?? port.name);
}

function servedNetwork(section: NetworkSection, plan: NetworkPlan, ports: readonly PortSection[], zone: string): ServedNetwork {
  const { ipv4, ipv6, router, routes, dns, lease, raInterval } = section.dhcp!;
  const subnets = section.subnets.flatMap(({ cidr: prefix, gateway }) => {
    if (gateway === undefined || !(isIp4(gateway) ? ipv4 : ipv6 !== "off")) return [];
    const four = isIp4(gateway);
    return [
      {
        prefix,
        gateway,
        router,
        dns: dns === undefined ? [gateway] : dns.filter((ip) => isIp4(ip) === four),
        routes: routes.filter((r) => prefixContains(prefix, r.via)),
      },
    ];
  });
  return {
    network: section.name,
    bridge: plan.bridge,
    vxlan: plan.vxlan,
    domainName: `${dnsLabel(section.name)}.${zone}`,
    mtu: plan.mtu,
    ipv4,
    ipv6,
    subnets,
    lease,
    raInterval,
    hosts: ports.flatMap((port) => {
      if (port.network !== section.name || !port.dhcp || port.mac === undefined) return [];
      return [{ port: port.name, mac: port.mac, name: hostLabel(port), ips: givenAddresses(port.ips, subnets) }];
    }),
  };
}

/** DHCPv4 gives a station one address: the first that is in a subnet with a gateway. DHCPv6 gives all. */
function givenAddresses(ips: readonly Ip[], subnets: readonly ServedSubnet[]): readonly Ip[] {
  const served = ips.filter((ip) => subnets.some((s) => prefixContains(s.prefix, ip)));
  const four = served.find((ip) => isIp4(ip));
  return [...(four === undefined ? [] : [four]), ...served.filter((ip) => !isIp4(ip))];
}

/** `255.255.255.0` */
export function netmask(length: number): Ip {
  return maskIp("255.255.255.255" as Ip, length);
}
