// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { isIp4 } from "../../base/net/ip.ts";
import { formatPrefix } from "../../base/net/prefix.ts";
import { namespacePath } from "../../base/sys/namespace.ts";
import { addNamespace, setSysctls } from "../fabric/namespaces.ts";
import type { LabPlan, PlannedMember, PlannedWorkload } from "../plan/plan.ts";
import { command, tryCommand } from "../system/command.ts";
import { enter } from "../system/place.ts";
import { waitFor } from "../system/wait-for.ts";
import { announce } from "./announce.ts";

/** Interface of a workload inside its namespace. */
export const workloadInterface = "eth0";

/** Makes a workload's namespace and link; its addresses are up before anything is plugged in. */
export async function addWorkload(plan: LabPlan, w: PlannedWorkload): Promise<void> {
  const node = nodeOf(plan, w.node);
  await addNamespace(w.namespace);
  setSysctls(w.namespace, { "ipv6/conf/all/accept_dad": 0, "ipv6/conf/default/accept_dad": 0 });
  // Complete from its first moment on: the agent may take the node's end away at once.
  const mtu = String(w.mtu);
  const peer = ["peer", "name", workloadInterface, "netns", w.namespace, "address", w.mac, "mtu", mtu];
  await command(["ip", "link", "add", w.port, "netns", node.namespace, "mtu", mtu, "type", "veth", ...peer]);
  const v6 = w.ips.some((p) => !isIp4(p.ip));
  // Without IPv6 addresses nobody expects router solicitations and MLD from it.
  if (!v6) setSysctls(w.namespace, { [`ipv6/conf/${workloadInterface}/disable_ipv6`]: 1 });
  const ip = [
    ...w.ips.map((p) => `address add ${formatPrefix(p)} dev ${workloadInterface}${isIp4(p.ip) ? "" : " nodad"}`),
    `link set ${workloadInterface} up`,
    ...w.gateways.map((via) => `route add ${isIp4(via) ? "0.0.0.0/0" : "::/0"} via ${via}`),
  ];
  await command(["ip", "-n", w.namespace, "-batch", "-"], { input: `${ip.join("\n")}\n` });
  await plug(plan, w);
}

/**
 * Brings the node's end, which is in the node's namespace, into the network's bridge. A declared port on a weft node is only
 * set up: the agent finds it by its name and does the rest.
 */
export async function plug(plan: LabPlan, w: PlannedWorkload): Promise<void> {
  const node = nodeOf(plan, w.node);
  if (node.kind === "weft" && w.declared) {
    await waitFor(`${w.name}: the agent of ${w.node} to take port ${w.port}`, async () => isEnslaved(node, w), {
      within: 20_000,
      every: 20,
    });
    return;
  }
  const bridge = `br${w.vni}`;
  await waitFor(`${w.node}: bridge ${bridge}`, () => hasInterface(node, w.domain, bridge), { within: 20_000, every: 20 });
  if (isInDomain(node, w.domain)) {
    await command(["ip", "-n", node.namespace, "link", "set", w.port, "netns", domainNamespace(node, w.domain)]);
  }
  await command(bridgeSide(node, w, ["ip", "link", "set", w.port, "master", bridge]));
  await command(bridgeSide(node, w, ["ip", "link", "set", w.port, "up"]));
  // What a workload says before the carrier is noticed is lost.
  await waitFor(`${w.name}: carrier of port ${w.port}`, async () => isEnslaved(node, w), { within: 20_000, every: 20 });
}

/** Says on the network where the workload is now, as a hypervisor does for its guest. */
export function announceWorkload(w: PlannedWorkload): void {
  announce({ namespace: w.namespace, interface: workloadInterface, mac: w.mac, ips: w.ips.map((p) => p.ip) });
}

/** Takes the node's end out of its bridge and over to another node, where it is down and in no bridge. */
export async function carry(plan: LabPlan, w: PlannedWorkload, toNode: string): Promise<void> {
  const from = nodeOf(plan, w.node);
  const inDomain = isInDomain(from, w.domain) && (await hasInterface(from, w.domain, w.port));
  const at = inDomain ? domainNamespace(from, w.domain) : namespacePath(from.namespace);
  await command(["nsenter", `--net=${at}`, "ip", "link", "set", w.port, "netns", namespacePath(nodeOf(plan, toNode).namespace)]);
}

function nodeOf(plan: LabPlan, name: string): PlannedMember {
  return plan.members.find((m) => m.name === name)!;
}

function isInDomain(node: PlannedMember, domain: string | undefined): domain is string {
  return domain !== undefined && node.domains.includes(domain);
}

function domainNamespace(node: PlannedMember, domain: string): string {
  return `${node.folder}/netns/weft-${domain}`;
}

/** `argv` to be run where the bridge of the workload's network is. */
function bridgeSide(node: PlannedMember, w: PlannedWorkload, argv: readonly string[]): readonly string[] {
  if (!isInDomain(node, w.domain)) return enter({ namespace: node.namespace, folder: "" }, argv);
  return ["nsenter", `--net=${domainNamespace(node, w.domain)}`, ...argv];
}

async function isEnslaved(node: PlannedMember, w: PlannedWorkload): Promise<boolean> {
  const shown = await tryCommand(bridgeSide(node, w, ["ip", "-j", "link", "show", "dev", w.port]));
  if (shown.status !== 0) return false;
  const [link] = JSON.parse(shown.stdout) as readonly { readonly master?: string; readonly operstate?: string }[];
  return link?.master === `br${w.vni}` && link.operstate === "UP";
}

async function hasInterface(node: PlannedMember, domain: string | undefined, name: string): Promise<boolean> {
  const argv = ["ip", "link", "show", "dev", name];
  if (!isInDomain(node, domain)) return (await tryCommand(["ip", "-n", node.namespace, ...argv.slice(1)])).status === 0;
  const path = domainNamespace(node, domain);
  return existsSync(path) && (await tryCommand(["nsenter", `--net=${path}`, ...argv])).status === 0;
}
