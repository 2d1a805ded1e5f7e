// SPDX-License-Identifier: Apache-2.0
import type { MetricKind, Metrics } from "../../base/run/metrics.ts";
import * as ev from "../events.ts";
import type { Vtep } from "../vtep.ts";
import { natDrops, natProvider } from "./nat-provider.ts";

/** Reads what the kernel counted about NAT at each scrape. */
export class NatMeter {
  readonly #vtep: Vtep;
  readonly #metrics: Metrics;
  readonly #last = new Map<string, number>();

  constructor(vtep: Vtep, metrics: Metrics) {
    this.#vtep = vtep;
    this.#metrics = metrics;
  }

  measure(): void {
    const metrics = this.#metrics;
    if (!this.#vtep.nat.plan.public) return;
    const nat = natProvider(this.#vtep);
    const active = nat.floating().filter((f) => f.state === "active");
    metrics.set(ev.floatingIps, {}, active.length);
    for (const f of active) {
      this.#count(ev.natPackets, { address: f.address, direction: "in" }, f.in.packets);
      this.#count(ev.natPackets, { address: f.address, direction: "out" }, f.out.packets);
    }
    for (const { domain, connections } of nat.outbound()) metrics.set(ev.natConnections, { domain }, connections);
    for (const { domain, reason, packets } of natDrops(this.#vtep)) this.#count(ev.natDropped, { domain, reason }, packets);
  }

  /** The kernel's counter begins anew when its table was made again. */
  #count<L extends string>(kind: MetricKind<L>, labels: Readonly<Record<L, string>>, total: number): void {
    const name = `${kind.name} ${Object.values(labels).join(" ")}`;
    const before = this.#last.get(name) ?? 0;
    this.#last.set(name, total);
    this.#metrics.add(kind, labels, total < before ? total : total - before);
  }
}
