// SPDX-License-Identifier: Apache-2.0
import { setSysctls } from "../../../src/lab/fabric/namespaces.ts";
import { type Fabric, type Leaf, type Workload, bridge } from "./fabric.ts";

/**
 * A workload with a leg to every leaf, of which it uses one at a time. As in the live migration of a virtual machine the old
 * place keeps its port and what it knew, until routes tell it otherwise; so every move counts.
 */
export async function addRoaming(fabric: Fabric, n: number, at: Leaf): Promise<Workload> {
  const { net } = fabric;
  const identity = fabric.identity(n);
  const place = await net.host(identity.name);
  await net.ip(place, [
    `link add eth0 address ${identity.mac} type bridge mcast_snooping 0`,
    ...identity.ips.map((ip) => `address add ${ip}${ip.includes(":") ? "/64 dev eth0 nodad" : "/24 dev eth0"}`),
    "link set eth0 up",
  ]);
  for (const leaf of fabric.leaves) {
    const leg = `leg-${leaf.name}`;
    await net.link(place, leg, leaf.place, identity.port);
    setSysctls(place.namespace, { [`ipv6/conf/${leg}/disable_ipv6`]: 1 });
    await net.ip(leaf.place, [`link set ${identity.port} addrgenmode none`, `link set ${identity.port} master ${bridge}`]);
  }
  await net.ip(place, [`link set leg-${at.name} master eth0`]);
  const w = { ...identity, place, at, declared: false, sticky: false };
  fabric.workloads.set(w.name, w);
  fabric.announce(w);
  return w;
}

/** Goes on at another leaf, and says so there. */
export function roam(fabric: Fabric, name: string, to: string): Promise<Workload> {
  return fabric.moved(name, to, async (before, w) => {
    await fabric.net.ip(w.place, [`link set leg-${before.at.name} nomaster`, `link set leg-${w.at.name} master eth0`]);
  });
}
