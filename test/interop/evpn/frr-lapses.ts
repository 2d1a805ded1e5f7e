// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../../src/base/net/mac.ts";
import { vtysh } from "../../../src/lab/peer/frr.ts";
import type { Fabric, Leaf } from "./fabric.ts";

/**
 * MACs that FRR 8.4 forgets: its BGP has the right best route, its zebra no such MAC, and the kernel what was there before. Seen about once in
 * 500 moves, of a MAC that had just been local there; the next move of the MAC ends it. No peer of FRR can tell or mend that.
 */
export async function frrLapses(fabric: Fabric, leaf: Leaf): Promise<ReadonlySet<Mac>> {
  const zebra = await vtysh(leaf.place, "show evpn mac vni all");
  const bgp = await vtysh(leaf.place, "show bgp l2vpn evpn");
  const best = new Map<string, string>();
  for (const [, mac, nextHop] of bgp.matchAll(/^ ?\*>i\[2\]:\[0\]:\[48\]:\[([0-9a-f:]+)\]\s+([0-9.]+)/gm)) best.set(mac!, nextHop!);
  const lost = [...fabric.workloads.values()].filter((w) => w.at !== leaf && best.get(w.mac) === w.at.address && !zebra.includes(w.mac));
  return new Set(lost.map((w) => w.mac));
}
