// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { formatPrefix, prefixContains } from "../../base/net/prefix.ts";
import type { AgentFile, NetworkSection } from "./agent-schema.ts";
import { dnsLabel } from "./dns-label.ts";
import type { ConfigPath } from "./problem.ts";
import type { Complain } from "./read-file.ts";

/** What must hold between `dhcp` of a network and the rest of the file. */
export function checkDhcp(file: AgentFile, complain: Complain): void {
  file.networks.forEach((network, i) => {
    if (network.dhcp?.enabled !== true) return;
    checkPlace(network, ["networks", i], complain);
    checkRoutes(network, ["networks", i, "dhcp", "routes"], complain);
    checkHostNames(file, network.name, complain);
  });
}

function checkPlace(network: NetworkSection, path: ConfigPath, complain: Complain): void {
  const at = [...path, "dhcp"];
  if (network.domain === undefined) {
    complain(
      "WEFT_CONFIG_CONFLICT",
      at,
      "is set for a network without a domain",
      "the server stands at the gateway, in the domain's namespace",
      "add `domain`",
    );
    return;
  }
  if (!network.subnets.some((s) => s.gateway !== undefined))
    complain(
      "WEFT_CONFIG_CONFLICT",
      at,
      "is set, but no subnet has a gateway",
      "the server stands at the gateway",
      "add `gateway` to a subnet",
    );
  if (network.dhcp?.ipv6 !== "slaac" && network.dhcp?.ipv6 !== "stateless") return;
  network.subnets.forEach(({ cidr, gateway }, i) => {
    if (gateway === undefined || isIp4(gateway) || cidr.length === 64) return;
    complain(
      "WEFT_CONFIG_CONFLICT",
      [...path, "subnets", i, "cidr"],
      `${formatPrefix(cidr)} is no /64, from which workloads can make addresses`,
      `a /64 with \`ipv6: ${network.dhcp!.ipv6}\` (RFC 4862 §5.5.3)`,
      "or set `dhcp.ipv6` to `stateful`",
    );
  });
}

function checkRoutes({ subnets, dhcp }: NetworkSection, path: ConfigPath, complain: Complain): void {
  dhcp!.routes.forEach(({ prefix, via }, i) => {
    if (!isIp4(prefix.ip))
      complain("WEFT_CONFIG_CONFLICT", [...path, i, "prefix"], `${formatPrefix(prefix)} is no IPv4 prefix`, "DHCPv4 has no others");
    else if (!subnets.some((s) => prefixContains(s.cidr, via)))
      complain(
        "WEFT_CONFIG_CONFLICT",
        [...path, i, "via"],
        `${via} is in no subnet of the network`,
        "an address that workloads reach directly",
      );
  });
}

/** Names of ports become names of hosts, where capitals and some characters do not count. */
function checkHostNames(file: AgentFile, network: string, complain: Complain): void {
  const seen = new Map<string, string>();
  file.ports.forEach((port, i) => {
    if (port.network !== network) return;
    const label = dnsLabel(port.hostname ?? port.name);
    const other = seen.get(label);
    if (other !== undefined)
      complain(
        "WEFT_CONFIG_CONFLICT",
        ["ports", i, port.hostname === undefined ? "name" : "hostname"],
        `is the host name "${label}" in DNS, which port "${other}" has already`,
        "",
        "add another `hostname`",
      );
    else seen.set(label, port.name);
  });
}
