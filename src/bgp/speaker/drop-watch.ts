// SPDX-License-Identifier: Apache-2.0
import type { Timer } from "../../base/run/clock.ts";
import { kernelDropped, segmentsDropped } from "./events.ts";
import { type DropReason, type KernelDrops, kernelDrops } from "./kernel-drops.ts";
import type { PeerContext } from "./peer-context.ts";

/** How often the kernel's counters of dropped segments are looked at, ms. */
const lookedAt = 10_000;

/** Tells when the kernel drops more segments than before: wrong keys and spoofed peers are seen nowhere else. */
export class DropWatch {
  readonly #context: Pick<PeerContext, "clock" | "config" | "journal" | "metrics">;
  #before: KernelDrops | undefined;
  #timer: Timer | undefined;

  constructor(context: Pick<PeerContext, "clock" | "config" | "journal" | "metrics">) {
    this.#context = context;
  }

  start(): void {
    this.look();
    this.#timer = this.#context.clock.every(lookedAt, () => this.look());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Only where there are keys or hop limits: else the kernel has nothing to drop for us. */
  look(): void {
    const { dynamicPeers, namespace, peers } = this.#context.config();
    if (![...peers, ...dynamicPeers].some((p) => p.password !== undefined || p.ttlSecurity !== undefined)) return;
    const drops = kernelDrops(namespace);
    if (!drops) return;
    this.saw(drops);
    for (const [reason, n] of Object.entries(drops)) this.#context.metrics.set(kernelDropped, { reason }, n);
  }

  saw(drops: KernelDrops): void {
    const before = this.#before;
    this.#before = drops;
    if (before === undefined) return;
    for (const reason of Object.keys(drops) as DropReason[]) {
      const segments = drops[reason] - before[reason];
      if (segments > 0) this.#context.journal.emit(segmentsDropped, { reason, segments });
    }
  }
}
