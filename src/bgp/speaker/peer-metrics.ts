// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../base/run/clock.ts";
import type { MetricKind, Metrics, PutSample, SampleSource } from "../../base/run/metrics.ts";
import type { Rib } from "../rib/rib.ts";
import type { Phase } from "../session/state.ts";
import * as m from "./events.ts";
import type { Peer } from "./peer.ts";
import type { PeerTable } from "./peer-table.ts";

/** Which peers have series of their own: all; those that the configuration names; none, where there are thousands. */
export type PerPeerMetrics = "all" | "named" | "none";

const phases: readonly Phase[] = ["idle", "connect", "active", "open-sent", "open-confirm", "established"];

const ofOnePeer: readonly MetricKind<string>[] = [
  m.peerEstablished,
  m.peerStateSince,
  m.peerFlaps,
  m.peerLastError,
  m.messagesReceived,
  m.messagesSent,
  m.updatesReceived,
  m.octetsReceived,
  m.octetsSent,
  m.routesReceived,
  m.routesAdvertised,
  m.routesDropped,
  m.routesRefused,
  m.routesKeptBack,
  m.routesWithheld,
  m.membershipsReceived,
  m.routeLimit,
  m.octetsQueued,
  m.routesLagging,
];

/** Brings what is told of the whole speaker up to date. */
export function collectTotals(metrics: Metrics, rib: Rib, peers: PeerTable): void {
  const stats = rib.stats();
  metrics.set(m.routes, { family: "l2vpn-evpn" }, stats.routes);
  metrics.set(m.paths, { family: "l2vpn-evpn" }, stats.paths);
  metrics.set(m.attributeSets, {}, stats.attributeSets);
  metrics.set(m.updateGroups, {}, stats.groups);
  metrics.set(m.tableOctets, {}, stats.memory);
  metrics.set(m.routesOversize, {}, stats.oversize);
  const inPhase = new Map<Phase, number>(phases.map((p) => [p, 0]));
  for (const peer of peers) inPhase.set(peer.phase, inPhase.get(peer.phase)! + 1);
  for (const [state, n] of inPhase) metrics.set(m.peersInState, { state }, n);
  const { messagesIn, messagesOut, octetsIn, octetsOut } = peers.traffic();
  metrics.set(m.allMessagesReceived, {}, messagesIn);
  metrics.set(m.allMessagesSent, {}, messagesOut);
  metrics.set(m.allOctetsReceived, {}, octetsIn);
  metrics.set(m.allOctetsSent, {}, octetsOut);
}

/** The series of every peer that is to have some. */
export class PeerMetrics implements SampleSource {
  readonly kinds = ofOnePeer;
  readonly #peers: PeerTable;
  readonly #clock: Clock;
  readonly #which: () => PerPeerMetrics;

  constructor(peers: PeerTable, clock: Clock, which: () => PerPeerMetrics) {
    this.#peers = peers;
    this.#clock = clock;
    this.#which = which;
  }

  *samples(put: PutSample): Generator<void> {
    const which = this.#which();
    if (which === "none") return;
    for (const peer of this.#peers) {
      if (which === "named" && peer.settings.dynamic) continue;
      this.#putPeer(peer, put);
      yield;
    }
  }

  #putPeer(peer: Peer, put: PutSample): void {
    const p = peer.state();
    const label = { peer: p.address };
    put(m.peerEstablished, label, p.phase === "established" ? 1 : 0);
    put(m.peerStateSince, label, Math.round(this.#clock.wall() / 1000 - p.since));
    put(m.peerFlaps, label, p.flaps);
    if (p.lastErrorKind !== null) put(m.peerLastError, { peer: p.address, error: p.lastErrorKind }, 1);
    put(m.messagesReceived, label, p.messagesIn);
    put(m.messagesSent, label, p.messagesOut);
    put(m.updatesReceived, label, p.updatesIn);
    put(m.octetsReceived, label, p.octetsIn);
    put(m.octetsSent, label, p.octetsOut);
    put(m.routesReceived, label, p.received);
    put(m.routesAdvertised, label, p.sent);
    put(m.octetsQueued, label, p.queued);
    put(m.routesLagging, label, p.lagging);
    for (const [reason, n] of Object.entries(p.dropped)) put(m.routesDropped, { peer: p.address, reason }, n);
    for (const { rule, routes } of p.refused)
      put(m.routesRefused, { peer: p.address, by: rule.kind, policy: rule.policy, rule: rule.rule }, routes);
    for (const { rule, routes } of p.keptBack) put(m.routesKeptBack, { peer: p.address, policy: rule.policy, rule: rule.rule }, routes);
    if (p.families.includes("rt-constrain")) {
      put(m.routesWithheld, label, p.withheld);
      put(m.membershipsReceived, label, p.memberships);
    }
    if (p.maximumRoutes !== null) put(m.routeLimit, label, p.maximumRoutes);
  }
}
