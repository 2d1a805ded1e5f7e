// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { formatPrefix } from "../../base/net/prefix.ts";
import { netmask, type ServedHost, type ServedNetwork, type ServedSubnet, type ServicePlan } from "./service-plan.ts";

/** Files of one server. */
export interface ServerFiles {
  readonly leases: string;
  readonly log: string;
}

/** Of a router that is none (RFC 4861 §4.2). */
const noRouter = 0;
/** Seconds: half an hour, which is the usual one, so that workloads keep their router while nobody serves; and three intervals (RFC 4861 §6.2.1). */
const routerLifetime = (interval: number): number => Math.max(1800, 3 * interval);

/**
 * The configuration file of dnsmasq(8) for one domain. Everything is in it: dnsmasq reads it before it gives up its privileges, and files
 * that it reads later it could not reach.
 */
export function dnsmasqConfig(plan: ServicePlan, files: ServerFiles): string {
  const lines = [
    "# Made by weft; it is written anew when the configuration changes.",
    "keep-in-foreground",
    "user=nobody",
    "pid-file=",
    `log-facility=${files.log}`,
    `dhcp-leasefile=${files.leases}`,
    // Errors are logged all the same.
    "quiet-dhcp",
    "quiet-dhcp6",
    "quiet-ra",
    // Bridges come and go, and with them the addresses to listen at.
    "bind-dynamic",
    "except-interface=lo",
    ...plan.networks.map((n) => `interface=${n.bridge}`),
    ...nameLines(plan),
    // A workload that comes back with an address of before is told at once whether it is still its own.
    "dhcp-authoritative",
    // Names are the configuration's: what a workload calls itself does not count.
    "dhcp-ignore-names",
    "no-ping",
    ...(plan.networks.some((n) => n.ipv6 !== "off" && n.subnets.some((s) => !isIp4(s.gateway))) ? ["enable-ra"] : []),
    ...plan.networks.flatMap((n) => networkLines(n, plan.zone)),
  ];
  return `${lines.join("\n")}\n`;
}

function nameLines(plan: ServicePlan): readonly string[] {
  return [
    "no-hosts",
    "no-resolv",
    "domain-needed",
    "localise-queries",
    `local=/${plan.zone}/`,
    // Reverse lookups of what the domain uses never leave it.
    ...plan.networks.flatMap((n) => n.subnets.flatMap((s) => (reversible(s) ? [`rev-server=${formatPrefix(s.prefix)}`] : []))),
    ...plan.upstream.map((ip) => `server=${ip}`),
    ...plan.records.flatMap(({ names, ips }) => ips.map((ip) => `host-record=${names.join(",")},${ip}`)),
  ];
}

/** rev-server takes IPv4 prefixes of any length, and of IPv6 those of whole digits. */
function reversible({ prefix }: ServedSubnet): boolean {
  return isIp4(prefix.ip) ? prefix.length >= 8 : prefix.length % 4 === 0 && prefix.length > 0;
}

function networkLines(n: ServedNetwork, zone: string): readonly string[] {
  return [
    ...n.subnets.flatMap((subnet, i) => subnetLines(n, subnet, `${n.bridge}-${i}`, zone)),
    ...(n.subnets.some((s) => !isIp4(s.gateway)) ? [advertisement(n)] : []),
    ...n.hosts.filter((h) => h.ips.length > 0).map(hostLine),
  ];
}

/** dnsmasq reads these as a lease time, or as "do not serve". */
const noName = /^(\d+[smhdw]?|infinite|ignore)$/;

/** A workload whose name would be read as something else is not told it; DNS has it all the same. */
function hostLine({ mac, ips, name }: ServedHost): string {
  return `dhcp-host=${[mac, ...ips.map((ip) => (isIp4(ip) ? ip : `[${ip}]`)), ...(noName.test(name) ? [] : [name])].join(",")}`;
}

function advertisement({ bridge, mtu, raInterval, subnets }: ServedNetwork): string {
  const lifetime = subnets.some((s) => !isIp4(s.gateway) && s.router) ? routerLifetime(raInterval) : noRouter;
  return `ra-param=${[bridge, ...(mtu === undefined ? [] : [`mtu:${mtu}`]), raInterval, lifetime].join(",")}`;
}

function subnetLines(n: ServedNetwork, subnet: ServedSubnet, tag: string, zone: string): readonly string[] {
  const { prefix } = subnet;
  const option = (name: string, values: readonly (string | number)[]): string => `dhcp-option=tag:${tag},${[name, ...values].join(",")}`;
  if (isIp4(prefix.ip))
    return [
      `dhcp-range=set:${tag},${prefix.ip},static,${netmask(prefix.length)},${n.lease}`,
      // Without values dnsmasq sends none; without the line it would name itself.
      option("option:router", subnet.router ? [subnet.gateway] : []),
      option("option:dns-server", subnet.dns),
      option("option:domain-name", [n.domainName]),
      option("option:domain-search", [n.domainName, zone]),
      ...(n.mtu === undefined ? [] : [option("option:mtu", [n.mtu])]),
      ...staticRoutes(subnet, option),
    ];
  const modes = { stateful: "static", stateless: "ra-stateless", slaac: "ra-only", off: "" } as const;
  return [
    `dhcp-range=set:${tag},${prefix.ip},${modes[n.ipv6]},${prefix.length},${n.lease}`,
    option(
      "option6:dns-server",
      subnet.dns.map((ip) => `[${ip}]`),
    ),
    option("option6:domain-search", [n.domainName, zone]),
  ];
}

/** Who reads this option passes over that of the router (RFC 3442), so the default route stands in it as well. */
function staticRoutes(subnet: ServedSubnet, option: (name: string, values: readonly string[]) => string): readonly string[] {
  if (subnet.routes.length === 0) return [];
  const routes = subnet.routes.flatMap((r) => [formatPrefix(r.prefix), r.via]);
  return [option("option:classless-static-route", [...(subnet.router ? ["0.0.0.0/0", subnet.gateway] : []), ...routes])];
}
