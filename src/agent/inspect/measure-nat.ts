// SPDX-License-Identifier: Apache-2.0
import type { Metrics } from "../../base/run/metrics.ts";
import * as ev from "../events.ts";
import type { Vtep } from "../vtep.ts";
import type { KernelCounter } from "./kernel-counter.ts";
import { natDrops, natProvider } from "./nat-provider.ts";

/** What the kernel counted about NAT, at each scrape. */
export function measureNat(vtep: Vtep, metrics: Metrics, counter: KernelCounter): void {
  if (!vtep.nat.plan.public) return;
  const nat = natProvider(vtep);
  const active = nat.floating().filter((f) => f.state === "active");
  metrics.set(ev.floatingIps, {}, active.length);
  for (const f of active) {
    counter.count(ev.natPackets, { address: f.address, direction: "in" }, f.in.packets);
    counter.count(ev.natPackets, { address: f.address, direction: "out" }, f.out.packets);
  }
  for (const { domain, connections } of nat.outbound()) metrics.set(ev.natConnections, { domain }, connections);
  for (const { domain, reason, packets } of natDrops(vtep)) counter.count(ev.natDropped, { domain, reason }, packets);
}
