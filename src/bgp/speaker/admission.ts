// SPDX-License-Identifier: Apache-2.0
import type net from "node:net";
import { type Ip, parseIp } from "../../base/net/ip.ts";
import { setHopLimits } from "../../base/sys/tcp-socket.ts";
import { reasonOf } from "./errors.ts";
import { connectionRefused, connectionsRefused } from "./events.ts";
import { hopLimitsOf } from "./hop-limits.ts";
import { addressText, descriptorOf } from "./listener.ts";
import type { Peer } from "./peer.ts";
import type { PeerContext } from "./peer-context.ts";
import { rangeFor } from "./peer-match.ts";
import { dynamicPeer } from "./peer-settings.ts";
import type { PeerTable } from "./peer-table.ts";

/** Connections out of ranges that have not said yet who they are; the oldest makes room for the next. */
const strangersLimit = 2048;

/** Decides which connections that come in get to a peer, and counts those that do not by reason. */
export class Admission {
  readonly #context: PeerContext;
  readonly #peers: PeerTable;
  readonly #strangers = new Set<string>();

  constructor(context: PeerContext, peers: PeerTable) {
    this.#context = context;
    this.#peers = peers;
  }

  accept(socket: net.Socket): void {
    const from = parseIp(addressText(socket.remoteAddress));
    if (from === undefined) {
      socket.destroy();
      return;
    }
    const peer = this.#peers.get(from) ?? this.#admitStranger(from, socket);
    if (!peer) return;
    const { localAddress } = peer.settings;
    if (localAddress !== undefined && parseIp(addressText(socket.localAddress)) !== localAddress) {
      this.#refuse(socket, from, "local-address", `it came to another address than ${localAddress}`);
      return;
    }
    try {
      setHopLimits(descriptorOf(socket), from, hopLimitsOf(peer.settings, this.#context.config().asn));
    } catch (error) {
      this.#refuse(socket, from, "socket", reasonOf(error));
      return;
    }
    peer.accept(socket);
  }

  /** A peer said who it is, or is gone. */
  noStranger(peer: string): void {
    this.#strangers.delete(peer);
  }

  #admitStranger(from: Ip, socket: net.Socket): Peer | undefined {
    const range = rangeFor(from, this.#context.config().dynamicPeers);
    if (!range) {
      this.#refuse(socket, from, "unknown-peer", "no peer and no range is configured for it");
      return undefined;
    }
    if (range.limit !== undefined && this.#peers.countIn(range.range) >= range.limit) {
      this.#refuse(socket, from, "range-full", `its range has ${range.limit} peers already`);
      return undefined;
    }
    if (this.#strangers.size >= strangersLimit) this.#dropStranger();
    this.#strangers.add(from);
    return this.#peers.add(dynamicPeer(from, range), true);
  }

  /** The oldest connection that has not said who it is; those that have are strangers no more. */
  #dropStranger(): void {
    for (const name of this.#strangers) {
      this.#strangers.delete(name);
      const peer = this.#peers.get(name);
      if (!peer || peer.identified) continue;
      this.#peers.remove(peer);
      return;
    }
  }

  #refuse(socket: net.Socket, from: Ip, code: string, reason: string): void {
    socket.destroy();
    const { journal, limit, metrics } = this.#context;
    metrics.add(connectionsRefused, { reason: code });
    limit.offer(`refused ${code}`, (suppressed) => journal.emit(connectionRefused, { from, reason, suppressed }));
  }
}
