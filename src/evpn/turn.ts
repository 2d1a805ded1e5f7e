// SPDX-License-Identifier: Apache-2.0
import type { Esi } from "../bgp/wire/nlri/evpn/esi.ts";
import { candidateKey } from "./forward/candidate.ts";
import type { PrefixState } from "./instance/domain.ts";
import type { FloodState, IpState, MacState } from "./instance/instance.ts";
import type { EvpnEvent, EvpnOutput, ForwardingChange, Origination } from "./types.ts";

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

  constructor(now: number) {
    this.now = now;
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
