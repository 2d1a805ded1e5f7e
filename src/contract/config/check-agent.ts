// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { formatPrefix, prefixContains } from "../../base/net/prefix.ts";
import type { AgentFile, DomainSection, NetworkSection, PortSection } from "./agent-schema.ts";
import { checkNat } from "./check-nat.ts";
import { checkBgp } from "./check-bgp.ts";
import { checkDhcp } from "./check-dhcp.ts";
import { broadcastOf, checkOverlaps } from "./check-subnets.ts";
import { checkUnique } from "./check-unique.ts";
import type { ConfigPath } from "./problem.ts";
import type { Complain } from "./read-file.ts";
import { suggest } from "./suggest.ts";

/** What must hold between the sections of an agent's file. */
export function checkAgent(file: AgentFile, complain: Complain): void {
  checkBgp(file.bgp, complain);
  checkUnique(
    file.domains,
    (d) => d.name,
    "domain",
    (i) => ["domains", i, "name"],
    complain,
  );
  checkUnique(
    file.networks,
    (n) => n.name,
    "network",
    (i) => ["networks", i, "name"],
    complain,
  );
  checkUnique(
    file.ports,
    (p) => p.name,
    "port",
    (i) => ["ports", i, "name"],
    complain,
  );
  checkUnique(
    file.ports,
    (p) => p.interface,
    "interface",
    (i) => ["ports", i, "interface"],
    complain,
  );
  checkVnis(file, complain);
  checkUnique(
    [...file.domains, ...file.networks],
    (o) => o.rd,
    "route distinguisher",
    (i) => vrfPath(file, i, "rd"),
    complain,
  );
  const routed = file.domains.some((d) => d.l3vni !== undefined);
  if (file.vtep === undefined && (file.networks.length > 0 || file.adopt || routed)) {
    const why = file.adopt ? "`adopt` is set" : file.networks.length > 0 ? "there are networks" : "a domain has an `l3vni`";
    complain(
      "WEFT_CONFIG_MISSING_KEY",
      ["vtep"],
      `is missing, but ${why}`,
      "needs a section with at least `address`",
      "add `vtep: { address: … }`",
    );
  }
  file.domains.forEach((domain, i) => checkRoutes(domain, ["domains", i, "routes"], complain));
  file.networks.forEach((network, i) => checkNetwork(file, network, ["networks", i], complain));
  checkOverlaps(
    file.networks.flatMap(({ name, domain, subnets }, i) =>
      domain === undefined
        ? []
        : subnets.map(({ cidr }, n) => ({ domain, network: name, cidr, path: ["networks", i, "subnets", n, "cidr"] })),
    ),
    complain,
  );
  file.ports.forEach((port, i) => checkPort(file, port, ["ports", i], complain));
  checkPortAddresses(file, complain);
  checkDhcp(file, complain);
  checkNat(file, complain);
}

/** Place of a key of the i-th IP-VRF or MAC-VRF, domains first. */
function vrfPath(file: AgentFile, i: number, key: string): ConfigPath {
  return i < file.domains.length ? ["domains", i, key] : ["networks", i - file.domains.length, key];
}

function checkVnis(file: AgentFile, complain: Complain): void {
  const all = [
    ...file.domains.map((d, i) => ({ vni: d.l3vni, path: ["domains", i, "l3vni"] })),
    ...file.networks.map((n, i) => ({ vni: n.vni, path: ["networks", i, "vni"] })),
  ];
  checkUnique(
    all,
    (o) => o.vni,
    "VNI",
    (i) => all[i]!.path,
    complain,
  );
}

function reference(name: string, names: readonly string[], what: string, path: ConfigPath, complain: Complain): void {
  if (names.includes(name)) return;
  const meant = suggest(name, names);
  const known = names.length === 0 ? `the file has no ${what}s` : `known: ${names.join(", ")}`;
  complain(
    "WEFT_CONFIG_REFERENCE",
    path,
    `no ${what} is named "${name}"`,
    known,
    meant ? `did you mean "${meant}"?` : `add it to \`${what}s\``,
  );
}

function checkRoutes({ routes }: DomainSection, path: ConfigPath, complain: Complain): void {
  checkUnique(
    routes,
    (r) => formatPrefix(r.prefix),
    "route",
    (i) => [...path, i, "prefix"],
    complain,
  );
  routes.forEach(({ prefix, via }, i) => {
    if (isIp4(prefix.ip) === isIp4(via)) return;
    const family = isIp4(prefix.ip) ? "IPv4" : "IPv6";
    complain(
      "WEFT_CONFIG_CONFLICT",
      [...path, i, "via"],
      `${via} is of the other address family`,
      `an ${family} address, as the prefix is`,
    );
  });
}

function checkNetwork(file: AgentFile, network: NetworkSection, path: ConfigPath, complain: Complain): void {
  if (network.domain !== undefined) {
    const names = file.domains.map((d) => d.name);
    reference(network.domain, names, "domain", [...path, "domain"], complain);
  }
  checkUnique(
    network.subnets,
    (s) => formatPrefix(s.cidr),
    "subnet",
    (i) => [...path, "subnets", i, "cidr"],
    complain,
  );
  network.subnets.forEach((subnet, i) => {
    const at = [...path, "subnets", i, "gateway"];
    const { gateway, cidr } = subnet;
    if (gateway === undefined) return;
    if (!prefixContains(cidr, gateway)) {
      complain("WEFT_CONFIG_CONFLICT", at, `${gateway} is outside the subnet`, `an address within ${formatPrefix(cidr)}`);
    } else if (gateway === cidr.ip && cidr.length < (isIp4(cidr.ip) ? 31 : 127)) {
      complain(
        "WEFT_CONFIG_CONFLICT",
        at,
        `${gateway} is the address of the subnet itself`,
        `another address within ${formatPrefix(cidr)}`,
      );
    } else if (gateway === broadcastOf(cidr)) {
      complain(
        "WEFT_CONFIG_CONFLICT",
        at,
        `${gateway} is the broadcast address of the subnet`,
        `another address within ${formatPrefix(cidr)}`,
      );
    }
  });
}

function checkPort(file: AgentFile, port: PortSection, path: ConfigPath, complain: Complain): void {
  reference(
    port.network,
    file.networks.map((n) => n.name),
    "network",
    [...path, "network"],
    complain,
  );
  if (port.mac === undefined && port.ips.length > 0) {
    complain("WEFT_CONFIG_CONFLICT", [...path, "ips"], "are given without `mac`", "", "add the workload's `mac`");
  }
  if (port.mac === undefined && port.sticky) {
    complain("WEFT_CONFIG_CONFLICT", [...path, "sticky"], "is set without `mac`", "", "add the workload's `mac`");
  }
  const subnets = file.networks.find((n) => n.name === port.network)?.subnets ?? [];
  if (subnets.length === 0) return;
  port.ips.forEach((ip, i) => {
    if (subnets.some((s) => prefixContains(s.cidr, ip))) return;
    const known = subnets.map((s) => formatPrefix(s.cidr)).join(", ");
    complain("WEFT_CONFIG_CONFLICT", [...path, "ips", i], `${ip} is in no subnet of network "${port.network}"`, `its subnets: ${known}`);
  });
}

/** A MAC or an address belongs to one port of its network. */
function checkPortAddresses(file: AgentFile, complain: Complain): void {
  for (const { name } of file.networks) {
    const here = file.ports.flatMap((port, i) => (port.network === name ? [{ port, i }] : []));
    checkUnique(
      here,
      ({ port }) => port.mac,
      "MAC",
      (n) => ["ports", here[n]!.i, "mac"],
      complain,
    );
    const ips = here.flatMap(({ port, i }) => port.ips.map((ip, n) => ({ ip, path: ["ports", i, "ips", n] })));
    checkUnique(
      ips,
      (o) => o.ip,
      "address",
      (n) => ips[n]!.path,
      complain,
    );
  }
}
