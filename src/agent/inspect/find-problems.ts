// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { isIp4 } from "../../base/net/ip.ts";
import type { ProblemList } from "../../daemon/problem-list.ts";
import { mtuDevice } from "../desired/network-plan.ts";
import { describeKey, hostNamespace, type ObjectKey, parseKey } from "../desired/object.ts";
import { encapsulation } from "../kernel/underlay.ts";
import type { Vtep } from "../vtep.ts";
import { hidesNamespaces } from "./hidden-namespaces.ts";
import { meaningOfMissing } from "./missing-sysctls.ts";

/** IPv6 needs this much (RFC 8200 §5). */
const leastMtu = 1280;
/** More of one kind say nothing new. */
const mostShown = 20;

type Found = Map<string, string>;

/** What an operator should look at in the VTEP: computed anew at each look, so that nothing is shown that is over. */
export function findProblems(vtep: Vtep, problems: ProblemList): void {
  problems.replace("WEFT_VTEP_ADDRESS_MISSING", vtepAddress(vtep));
  // The MTU of the underlay, and of adopted devices, is the administrator's.
  problems.replace("WEFT_MTU", mtuProblems(vtep), "warning");
  problems.replace("WEFT_NETWORK_REFUSED", refused(vtep));
  problems.replace("WEFT_ROUTER_MAC", routerMacs(vtep));
  problems.replace("WEFT_VXLAN_LEARNING", learning(vtep), "warning");
  problems.replace("WEFT_NEIGHBOURS_FLOODED", flooding(vtep), "warning");
  problems.replace("WEFT_VTEP_UNREACHABLE", unreachable(vtep), "warning");
  problems.replace("WEFT_NAMESPACE_HIDDEN", hidden(vtep), "warning");
  problems.replace("WEFT_KERNEL_FAILED", shown(failing(vtep)));
  problems.replace("WEFT_KERNEL_CONFLICT", shown(conflicts(vtep)));
  problems.replace("WEFT_SYSCTL_MISSING", shown(missingSysctls(vtep)), "warning");
  problems.replace("WEFT_PORT_WAITING", shown(waitingPorts(vtep)), "warning");
  problems.replace("WEFT_NAT", vtep.nat.plan.problems);
  problems.replace("WEFT_DUPLICATE_MAC", duplicateMacs(vtep), "warning");
  problems.replace("WEFT_DUPLICATE_IP", duplicateIps(vtep), "warning");
}

function shown(all: Found): Found {
  if (all.size <= mostShown) return all;
  return new Map([...[...all].slice(0, mostShown), [`${all.size - mostShown} more`, "weft kernel diff shows all"]]);
}

function vtepAddress(vtep: Vtep): Found {
  const { vtep: section } = vtep.config;
  if (!section || vtep.underlay.present) return new Map();
  return new Map([[`vtep ${section.address}`, "the address is on no interface of this host; it is used as soon as it appears"]]);
}

function mtuProblems(vtep: Vtep): Found {
  const out: Found = new Map();
  const { underlay, config } = vtep;
  if (!config.vtep || underlay.mtu === undefined) return out;
  for (const plan of vtep.resolved.plans) {
    const device = mtuDevice(plan);
    const mtu = vtep.mirror.link(plan.ns, device)?.mtu;
    if (mtu === undefined) continue;
    const fits = underlay.mtu - encapsulation(plan.vtep);
    if (mtu > fits) {
      const why = `${device} has MTU ${mtu}, but ${underlay.device} carries ${underlay.mtu}, which leaves ${fits} for the overlay`;
      out.set(`network ${plan.network}`, `${why}; larger packets are lost or fragmented`);
    } else if (mtu < leastMtu) out.set(`network ${plan.network}`, `${device} has MTU ${mtu}, less than the ${leastMtu} that IPv6 needs`);
  }
  return out;
}

function refused(vtep: Vtep): Found {
  return new Map(vtep.resolved.refused.map((r) => [`network ${r.network}`, r.reason]));
}

function routerMacs(vtep: Vtep): Found {
  const out: Found = new Map();
  for (const { domain } of vtep.ipVrfs) {
    const all = vtep.evpn.domainCounts(domain)?.routerMacConflicts ?? [];
    const texts = all.map(({ mac, vteps }) => `${vteps.join(" and ")} have the same router MAC ${mac}, so only ${vteps[0]} is sent to`);
    if (texts.length > 0) out.set(`domain ${domain}`, `${texts.join("; ")}: give one of them another \`vtep.routerMac\``);
  }
  return out;
}

/**
 * Learning from the data plane fights with BGP: the kernel believes the last packet, BGP the highest sequence. On devices of the
 * administrator the flags are the administrator's, as with FRR: shown, not changed.
 */
function learning(vtep: Vtep): Found {
  const out: Found = new Map();
  for (const plan of vtep.resolved.plans) {
    if (plan.mode !== "adopt") continue;
    const link = vtep.mirror.link(plan.ns, plan.vxlan);
    if (!link) continue;
    const fixes: string[] = [];
    if (link.vxlan?.learning === true) fixes.push(`ip link set ${link.name} type vxlan nolearning`);
    if (link.port?.learning === true) fixes.push(`bridge link set dev ${link.name} learning off`);
    if (fixes.length > 0)
      out.set(`network ${plan.network}`, `${link.name} learns from packets, which fights with BGP: ${fixes.join("; ")}`);
  }
  return out;
}

/** Devices of the administrator are filtered by nobody but him. */
function flooding(vtep: Vtep): Found {
  const adopted = new Map(vtep.resolved.plans.filter((p) => p.mode === "adopt").map((p) => [p.network, p.vxlan]));
  return new Map(
    vtep.config.networks.flatMap(({ name, unknownNeighbours }) => {
      const vxlan = unknownNeighbours === "drop" ? adopted.get(name) : undefined;
      if (vxlan === undefined) return [];
      const why = `${vxlan} is not a device of the agent's, so questions about unknown addresses are flooded`;
      return [[`network ${name}`, `${why}: leave \`unknownNeighbours\` out, or let the agent make the devices`] as const];
    }),
  );
}

function unreachable(vtep: Vtep): Found {
  const out: Found = new Map();
  for (const plan of vtep.resolved.plans) {
    const vteps = vtep.desired.unreachable(plan.network);
    if (vteps.length === 0) continue;
    out.set(`network ${plan.network}`, `${vteps.join(", ")} cannot be reached from ${plan.vtep}: a VXLAN device speaks one address family`);
  }
  return out;
}

function hidden({ config }: Vtep): Found {
  if ((config.domains ?? []).length === 0 || !hidesNamespaces(readFileSync("/proc/self/mountinfo", "utf8"))) return new Map();
  const why = "the agent runs in a mount namespace of its own (ip netns exec, a container with slave mounts)";
  const mend = "nobody else sees the namespaces of domains, and they end with the agent; nsenter --net=/run/netns/NAME has no such effect";
  return new Map([["domains", `${why}: ${mend}`]]);
}

function failing(vtep: Vtep): Found {
  const out: Found = new Map();
  for (const [key, { failure }] of vtep.reconciler.failures.entries()) out.set(describeKey(key), failure.message);
  return out;
}

function conflicts(vtep: Vtep): Found {
  return described(vtep.reconciler.conflicts);
}

function missingSysctls(vtep: Vtep): Found {
  const out: Found = new Map();
  for (const key of vtep.mirror.missingSysctls()) {
    const wanted = vtep.desired.objects.get(key);
    const meaning = wanted?.kind === "sysctl" ? meaningOfMissing(wanted.path) : undefined;
    if (wanted === undefined || meaning === undefined) continue;
    // Where nothing is of IPv6, nobody misses it.
    const isIdle = meaning.includes("IPv6") && wanted.ns !== hostNamespace && !routes6(vtep, wanted.ns);
    if (!isIdle) out.set(describeKey(key), `this kernel has no such key: ${meaning}`);
  }
  return out;
}

function routes6({ resolved }: Vtep, ns: string): boolean {
  return resolved.plans.some((p) => p.ns === ns && p.gateway?.addresses.some(({ ip }) => !isIp4(ip)));
}

function waitingPorts(vtep: Vtep): Found {
  return described(new Map([...vtep.reconciler.waiting].filter(([key]) => parseKey(key).kind === "attachment")));
}

function described(table: ReadonlyMap<ObjectKey, { readonly reason: string }>): Found {
  return new Map([...table].map(([key, { reason }]) => [describeKey(key), reason]));
}

function duplicateMacs(vtep: Vtep): Found {
  const macs = vtep.evpn.duplicates().filter((d) => d.ip === undefined);
  return new Map(macs.map((d) => [`mac ${d.mac} in ${d.network}`, `moved ${d.moves} times and is in quarantine`]));
}

function duplicateIps(vtep: Vtep): Found {
  const ips = vtep.evpn.duplicates().filter((d) => d.ip !== undefined);
  const keeper = (mac: string | undefined): string => (mac === undefined ? "no MAC, the one that had it is gone" : mac);
  return new Map(
    ips.map((d) => [
      `ip ${d.ip} in ${d.network}`,
      `went from MAC to MAC ${d.moves} times and is in quarantine; it stays with ${keeper(d.mac)}`,
    ]),
  );
}
