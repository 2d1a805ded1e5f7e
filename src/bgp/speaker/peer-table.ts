// SPDX-License-Identifier: Apache-2.0
import { parseIp } from "../../base/net/ip.ts";
import { cease, ceaseSubcode } from "../wire/cease.ts";
import { notification } from "../wire/notification.ts";
import type { SpeakerConfig } from "./config.ts";
import { UnknownPeerError } from "./errors.ts";
import { Peer } from "./peer.ts";
import type { PeerContext } from "./peer-context.ts";
import { rangeFor } from "./peer-match.ts";
import { type Traffic, TrafficSum } from "./traffic.ts";
import { type PeerSettings, dynamicPeer, namedPeer, sameSession } from "./peer-settings.ts";

/** The peers of a speaker by address: those that its configuration names, and those that came in through a range. */
export class PeerTable {
  readonly #context: PeerContext;
  readonly #noneToAwait: (peer: string) => void;
  readonly #peers = new Map<string, Peer>();
  /** Of peers that are not in the table any more. */
  readonly #gone = new TrafficSum();

  /** @param noneToAwait told of a peer that was taken out or shut down */
  constructor(context: PeerContext, noneToAwait: (peer: string) => void) {
    this.#context = context;
    this.#noneToAwait = noneToAwait;
  }

  /** Also while some of them leave. */
  [Symbol.iterator](): Iterator<Peer> {
    return this.#peers.values();
  }

  get(name: string): Peer | undefined {
    return this.#peers.get(name);
  }

  /** @param name its address, in any notation @throws UnknownPeerError */
  find(name: string): Peer {
    const peer = this.#peers.get(parseIp(name) ?? name);
    if (!peer) throw new UnknownPeerError(name);
    return peer;
  }

  /** Of all peers there ever were. */
  traffic(): Traffic {
    const sum = new TrafficSum().add(this.#gone);
    for (const p of this.#peers.values()) sum.add(p.traffic);
    return sum;
  }

  get established(): number {
    let n = 0;
    for (const p of this.#peers.values()) if (p.established) n++;
    return n;
  }

  /** Peers that came in through this range. */
  countIn(range: SpeakerConfig["dynamicPeers"][number]["range"]): number {
    const { dynamicPeers } = this.#context.config();
    let n = 0;
    for (const p of this.#peers.values()) if (p.settings.dynamic && rangeFor(p.settings.address, dynamicPeers)?.range === range) n++;
    return n;
  }

  add(settings: PeerSettings, start: boolean): Peer {
    const peer = new Peer(settings, this.#context);
    this.#peers.set(peer.name, peer);
    if (start) peer.handle({ kind: "start" });
    return peer;
  }

  /** Enters those that the configuration names. */
  addNamed(config: SpeakerConfig): void {
    for (const p of config.peers) if (!this.#peers.has(p.address)) this.add(namedPeer(p), p.shutdown !== true);
  }

  /** Ends its session: it is not configured any more — RFC 4486 §4. */
  remove(peer: Peer): void {
    peer.handle({ kind: "stop", notification: cease(ceaseSubcode.peerDeconfigured) });
    peer.destroy();
    this.forget(peer.name);
    this.#noneToAwait(peer.name);
  }

  /** It left by itself. */
  forget(name: string): void {
    const peer = this.#peers.get(name);
    if (peer) this.#gone.add(peer.traffic);
    this.#peers.delete(name);
  }

  /** Keeps a peer down until {@link enable}. @param text for the operators at the other end — RFC 9003 */
  shutdown(peer: Peer, text?: string): void {
    peer.handle({ kind: "stop", notification: cease(ceaseSubcode.administrativeShutdown, text) });
    this.#noneToAwait(peer.name);
  }

  enable(peer: Peer): void {
    peer.handle({ kind: "start" });
    peer.leaveIfIdle();
  }

  /** Makes the table what the newest configuration asks for; `before` is the one it was made from. */
  reload(before: SpeakerConfig): void {
    const config = this.#context.config();
    const old = new Map(before.peers.map((p) => [p.address as string, p]));
    const named = new Map(config.peers.map((p) => [p.address as string, p]));
    for (const peer of this.#peers.values()) {
      const wanted = named.get(peer.name);
      const settings = wanted ? namedPeer(wanted) : this.#fromRange(peer);
      if (settings) this.#change(peer, settings);
      else this.remove(peer);
      const [was, is] = [old.get(peer.name)?.shutdown ?? false, wanted?.shutdown ?? false];
      if (is && !was) this.shutdown(peer);
      else if (was && !is && wanted) this.enable(peer);
    }
    this.addNamed(config);
  }

  /** Sends all of them their last words and leaves none. @param kind see `Speaker.stop` */
  stop(kind: "shutdown" | "restart", text?: string): void {
    const n = kind === "shutdown" ? cease(ceaseSubcode.administrativeShutdown, text) : undefined;
    const peers = [...this.#peers.values()];
    for (const peer of peers) peer.handle({ kind: "stop", notification: n });
    for (const peer of peers) peer.destroy();
    this.#peers.clear();
  }

  #fromRange({ settings }: Peer): PeerSettings | undefined {
    const range = settings.dynamic ? rangeFor(settings.address, this.#context.config().dynamicPeers) : undefined;
    return range && dynamicPeer(settings.address, range);
  }

  #change(peer: Peer, settings: PeerSettings): void {
    const same = sameSession(peer.settings, settings);
    if (same) {
      peer.changeSettings(settings);
      return;
    }
    peer.settings = settings;
    // An attempt that is under way still has the old address, password or AS: begin anew whatever the state is.
    const { admin } = peer.state();
    peer.handle({ kind: "stop", notification: notification(6, 6) });
    if (admin === "down") return;
    peer.handle({ kind: "start" });
    peer.leaveIfIdle();
  }
}
