// SPDX-License-Identifier: Apache-2.0
import type { Esi } from "../bgp/wire/nlri/evpn/esi.ts";
import { candidateKey } from "./forward/candidate.ts";
import type { ImportInfo } from "./forward/import-info.ts";
import type { PrefixState } from "./instance/domain.ts";
import type { FloodState, IpState, MacState } from "./instance/instance.ts";
import type { EvpnEvent, EvpnOutput, ForwardingChange, Origination } from "./types.ts";

/** A route of ours as other domains of this host see it; without `info` there is nothing for them in it, or no longer. */
export interface Exported {
  readonly nlri: Uint8Array;
  readonly info: ImportInfo | undefined;
}

/** One step: what it has touched and must settle at its end, and what comes out of it. */
export class Turn {
  readonly now: number;
  readonly routes: Origination[] = [];
  readonly forwarding: ForwardingChange[] = [];
  readonly events: EvpnEvent[] = [];
  readonly macs = new Set<MacState>();
  readonly ips = new Set<IpState>();
  readonly floods = new Set<FloodState>();
  readonly prefixes = new Set<PrefixState>();
  /** Whose type-1 routes came or went. */
  readonly segments = new Set<Esi>();
  /** MACs whose routes of ours may have changed. */
  readonly announcements = new Set<MacState>();
  /** MACs claimed in this step: saying so twice is one claim. */
  readonly claimed = new Set<MacState>();

  /** By key. */
  readonly exports = new Map<string, Exported>();

  constructor(now: number) {
    this.now = now;
  }

  /** Other domains of this host are told what other hosts are. */
  export(nlri: Uint8Array, info: ImportInfo | undefined): void {
    const key = candidateKey(nlri)!;
    // What one withdraws another one may have announced, as with `routes`.
    if (info || !this.exports.get(key)?.info) this.exports.set(key, { nlri, info });
  }

  output(): EvpnOutput {
    return { routes: withdrawalsFirst(this.routes), forwarding: this.forwarding, events: this.events };
  }
}

/** Two networks may swap their RDs: then what one withdraws the other announces, and only the announcement must remain. */
function withdrawalsFirst(routes: readonly Origination[]): readonly Origination[] {
  const announces = routes.filter((r) => r.kind === "announce");
  if (announces.length === 0 || announces.length === routes.length) return routes;
  const announced = new Set(announces.map((r) => candidateKey(r.route.nlri)));
  return [...routes.filter((r) => r.kind === "withdraw" && !announced.has(candidateKey(r.nlri))), ...announces];
}
