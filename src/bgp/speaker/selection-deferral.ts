// SPDX-License-Identifier: Apache-2.0
import type { Timer } from "../../base/run/clock.ts";
import type { Negotiated } from "../session/negotiate.ts";
import type { Family } from "../wire/family.ts";
import type { SpeakerConfig } from "./config.ts";
import { Convergence } from "./convergence.ts";
import { converged } from "./events.ts";
import { LostPeers } from "./lost-peers.ts";
import type { PeerContext } from "./peer-context.ts";
import type { PeerTable } from "./peer-table.ts";

/** A peer from which no End-of-RIB is to be expected: after this its first routes count as complete, ms. */
const silentPeerSettles = 3_000;

/**
 * The side of the restarting speaker — RFC 4724 §4.1: what we tell of ours is not called complete before our peers have told us
 * theirs. A reflector that lost all its sessions at once is in the same place: it was cut off and knows nothing any more.
 */
export class SelectionDeferral {
  readonly #context: PeerContext;
  readonly #peers: PeerTable;
  readonly #convergence: Convergence;
  readonly #lost = new LostPeers();
  readonly #silent = new Map<string, Timer>();
  #restarted: boolean;

  /**
   * @param restarted a process before us served the same peers
   * @param over what we know now is complete; it may come again
   */
  constructor(context: PeerContext, peers: PeerTable, restarted: boolean, over: () => void) {
    this.#context = context;
    this.#peers = peers;
    this.#restarted = restarted;
    this.#convergence = new Convergence(context.clock, (why) => {
      context.journal.emit(converged, { why, peers: peers.established });
      over();
    });
  }

  /** Whether we restarted and still wait for our peers' routes; our OPENs say so. */
  get restarting(): boolean {
    return this.#restarted && !this.#convergence.over;
  }

  start(): void {
    if (this.restarting) this.#holdBack();
    const { gracefulRestart, peers, timers } = this.#context.config();
    const wanted = peers.filter((p) => !p.shutdown);
    this.#convergence.start(
      wanted.map((p) => p.address),
      gracefulRestart.restartTime * 1000,
      awaitsStrangers(this.#context.config()) ? timers.connectRetry * 1000 : 0,
    );
  }

  stop(): void {
    this.#convergence.stop();
    for (const timer of this.#silent.values()) timer.cancel();
    this.#silent.clear();
  }

  endOfRib(peer: string, family: Family): void {
    this.#convergence.endOfRib(peer, family);
  }

  /** A peer that is no longer configured, or was shut down, is not waited for. */
  forget(peer: string): void {
    this.#convergence.forget(peer);
  }

  sessionUp(peer: string, negotiated: Negotiated): void {
    this.#lost.sessionUp(peer);
    if (this.#convergence.over) return;
    const restart = negotiated.gracefulRestart;
    // RFC 4724 §4.1: of two that restart, each keeps its End-of-RIB back; none may wait for the other.
    const both = restart?.restarting === true && this.restarting;
    if (restart && !both) {
      // Its memberships it tells first and lets nobody wait for: they are no routes that we could hand on.
      this.#convergence.sessionUp(
        peer,
        negotiated.families.filter((f) => f !== "rt-constrain"),
      );
      return;
    }
    const settled = this.#context.clock.after(silentPeerSettles, () => {
      this.#silent.delete(peer);
      this.#convergence.sessionUp(peer, []);
    });
    this.#silent.set(peer, settled);
  }

  sessionDown(peer: string): void {
    this.#silent.get(peer)?.cancel();
    this.#silent.delete(peer);
    this.#convergence.sessionDown(peer);
    // Stopped by a limit: it comes back when an operator says so, and nobody can wait for that.
    if (this.#peers.get(peer)?.state().admin === "down") this.#convergence.forget(peer);
    this.#lost.sessionDown(peer, this.#context.clock.now());
  }

  /** What our clients want we learn with their routes: until then other reflectors are to send us everything. */
  #holdBack(): void {
    this.#context.output.holdEndOfRib();
    if (this.#context.config().reflector) this.#context.rib.askForAll(true);
  }

  /** Without a session left, what clients have of ours is worth more than what we could tell the first one that comes back. */
  perhapsCutOff(): void {
    if (this.#peers.established > 0) return;
    const within = this.#context.config().gracefulRestart.restartTime * 1000;
    this.#restarted = true;
    this.#holdBack();
    const lost = this.#lost.since(this.#context.clock.now(), within);
    if (this.#convergence.over) this.#convergence.start(lost, within, 0);
    else this.#convergence.expect(lost);
  }
}

/**
 * Whether those that matter come unannounced: the clients of a reflector, or all peers there are. One that is still there tries
 * again within its connect-retry time, which we take to be like ours.
 */
function awaitsStrangers({ dynamicPeers, peers, reflector }: SpeakerConfig): boolean {
  return dynamicPeers.length > 0 && (reflector !== undefined || peers.length === 0);
}
