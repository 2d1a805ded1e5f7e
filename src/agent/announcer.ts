// SPDX-License-Identifier: Apache-2.0
import type { Rib } from "../bgp/rib/rib.ts";
import type { Origination } from "../evpn/types.ts";

/** Puts routes of this host into the RIB, after the turn: it tells best paths while it works and takes no routes then. */
export class Announcer {
  readonly #rib: () => Rib;
  readonly #changed: () => void;
  #routes: Origination[] = [];

  /** @param changed called when the RIB was changed */
  constructor(rib: () => Rib, changed: () => void) {
    this.#rib = rib;
    this.#changed = changed;
  }

  add(routes: readonly Origination[]): void {
    if (this.#routes.length === 0) queueMicrotask(() => this.#announce());
    for (const r of routes) this.#routes.push(r);
  }

  #announce(): void {
    const routes = this.#routes;
    this.#routes = [];
    const rib = this.#rib();
    for (const r of routes) {
      if (r.kind === "announce") rib.announceLocal(r.route);
      else rib.withdrawLocal(r.family ?? "l2vpn-evpn", r.nlri);
    }
    this.#changed();
  }
}
