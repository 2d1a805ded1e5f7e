// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { formatPrefix, type Prefix } from "../../base/net/prefix.ts";
import { publicInterface } from "../plan/outside.ts";
import type { LabPlan } from "../plan/plan.ts";
import { command } from "../system/command.ts";
import { addNamespace, routerSysctls, setSysctls } from "./namespaces.ts";

const bridge = "br0";

/** The public segment: a bridge in the namespace of the host outside, and every weft node on it with a default route to that host. */
export async function buildPublicSide({ outside, members }: LabPlan): Promise<void> {
  if (!outside) return;
  const { namespace, addresses, nodes } = outside;
  await addNamespace(namespace);
  setSysctls(namespace, routerSysctls);
  await batch(namespace, [`link add ${bridge} type bridge mcast_snooping 0`, `link set ${bridge} up`, ...put(addresses, bridge)]);
  for (const [i, [name, own]] of [...nodes].entries()) {
    const node = members.find((m) => m.name === name)!;
    await command([
      "ip",
      "link",
      "add",
      publicInterface,
      "netns",
      node.namespace,
      "type",
      "veth",
      "peer",
      "name",
      `port${i}`,
      "netns",
      namespace,
    ]);
    await batch(namespace, [`link set port${i} master ${bridge} up`]);
    await batch(node.namespace, [
      `link set ${publicInterface} up`,
      ...put(own, publicInterface),
      ...addresses.map((a) => `route add ${isIp4(a.ip) ? "0.0.0.0/0" : "::/0"} via ${a.ip}`),
    ]);
  }
}

function put(addresses: readonly Prefix[], dev: string): string[] {
  return addresses.map((a) => `address add ${formatPrefix(a)} dev ${dev}${isIp4(a.ip) ? "" : " nodad"}`);
}

async function batch(namespace: string, lines: readonly string[]): Promise<void> {
  await command(["ip", "-n", namespace, "-batch", "-"], { input: `${lines.join("\n")}\n` });
}
