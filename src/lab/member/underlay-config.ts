// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import type { FrrConfig } from "../peer/frr.ts";
import type { LabPlan, PlannedMember } from "../plan/plan.ts";

/** FRR's part in carrying loopbacks around, by daemon; bgpd as lines for the body of its one instance. */
export interface UnderlayConfig {
  readonly daemons: FrrConfig;
  readonly bgp: readonly string[];
}

/** Every spine is in this AS and every leaf in the overlay's, so one bgpd can serve both and paths are equally long. */
export function spineAsn(plan: LabPlan): number {
  return plan.topology.asn === 64_999 ? 64_998 : 64_999;
}

export function underlayConfig(plan: LabPlan, m: PlannedMember): UnderlayConfig {
  const { routing } = plan.topology.underlay;
  if (routing === "static") return { daemons: {}, bgp: [] };
  const common = { zebra: zebra(plan, m), bfdd: `hostname ${m.name}\n` };
  return routing === "frr-ospf" ? { daemons: { ...common, ...ospf(plan, m) }, bgp: [] } : { daemons: common, bgp: bgp(plan, m) };
}

/** Leaves speak from their loopback; interfaces send router advertisements, by which unnumbered neighbours find each other. */
function zebra(plan: LabPlan, m: PlannedMember): string {
  const { routing, family } = plan.topology.underlay;
  const ip = isIp4(m.loopback) ? "ip" : "ipv6";
  const protocol = routing === "frr-bgp" ? "bgp" : family === "ipv4" ? "ospf" : "ospf6";
  const source =
    m.role === "spine"
      ? []
      : ["route-map from-loopback permit 10", ` set src ${m.loopback}`, "exit", `${ip} protocol ${protocol} route-map from-loopback`];
  const advertise =
    routing === "frr-bgp"
      ? m.uplinks.flatMap((u) => [`interface ${u.name}`, " ipv6 nd ra-interval 1", " no ipv6 nd suppress-ra", "exit"])
      : [];
  // FRR 8.4 goes on using kernel nexthop objects that went with their link's carrier, and then installs no route any more.
  return lines([`hostname ${m.name}`, "no zebra nexthop kernel enable", ...source, ...advertise]);
}

function ospf(plan: LabPlan, m: PlannedMember): FrrConfig {
  const v4 = plan.topology.underlay.family === "ipv4";
  const [daemon, ip, name] = v4 ? (["ospfd", "ip", "ospf"] as const) : (["ospf6d", "ipv6", "ospf6"] as const);
  const text = lines([
    `hostname ${m.name}`,
    `router ${name}`,
    ` ${name} router-id ${m.routerId}`,
    // RFC 2328's MinLSInterval and MinLSArrival would hold back the second of two changes by seconds.
    " timers throttle spf 0 50 500",
    " timers throttle lsa all 50",
    " timers lsa min-arrival 0",
    "exit",
    "interface lo",
    ` ${ip} ${name} area 0`,
    "exit",
    ...m.uplinks.flatMap((u) => [
      `interface ${u.name}`,
      ` ${ip} ${name} area 0`,
      ` ${ip} ${name} network point-to-point`,
      ` ${ip} ${name} hello-interval 1`,
      ` ${ip} ${name} dead-interval 4`,
      ` ${ip} ${name} bfd`,
      "exit",
    ]),
  ]);
  return { [daemon]: text };
}

/** eBGP over link-local addresses (RFC 5549 next hops), with BFD. Leaves share an AS, hence allowas-in. */
function bgp(plan: LabPlan, m: PlannedMember): readonly string[] {
  const family = `${plan.topology.underlay.family} unicast`;
  return [
    " no bgp ebgp-requires-policy",
    ...m.uplinks.flatMap((u) => [
      ` neighbor ${u.name} interface remote-as external`,
      ` neighbor ${u.name} bfd`,
      ` neighbor ${u.name} timers 3 9`,
      ` neighbor ${u.name} timers connect 1`,
    ]),
    ` address-family ${family}`,
    `  network ${m.loopback}/${isIp4(m.loopback) ? 32 : 128}`,
    "  maximum-paths 16",
    ...m.uplinks.flatMap((u) => [`  neighbor ${u.name} activate`, ...(m.role === "spine" ? [] : [`  neighbor ${u.name} allowas-in 1`])]),
    " exit-address-family",
  ];
}

function lines(all: readonly string[]): string {
  return all.map((l) => `${l}\n`).join("");
}
