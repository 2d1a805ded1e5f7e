// SPDX-License-Identifier: Apache-2.0
import { randomInt } from "node:crypto";
import type { Ip } from "../../base/net/ip.ts";
import { SystemCallError } from "../../base/sys/errors.ts";
import type { Epoll, Readiness } from "../../base/sys/epoll.ts";
import { libc } from "../../base/sys/libc.ts";
import { UdpBatch } from "../../base/sys/udp-batch.ts";
import { receivingUdp, sendDatagram, sendingUdp } from "../../base/sys/udp-socket.ts";
import { type Datagram, longestDatagram } from "../engine/engine.ts";
import { type Endpoints, keyOf } from "../engine/session-key.ts";
import { multihopPort, singleHopPort, sourcePort } from "./ports.ts";

interface Receiver {
  readonly fd: number;
  readonly address: Ip;
  readonly multihop: boolean;
  /** Sessions that listen there. */
  users: number;
}

interface Sender {
  readonly fd: number;
  readonly endpoints: Endpoints;
  readonly receiver: Receiver;
}

export interface SocketEvents {
  datagram(d: Datagram): void;
  /** The remote host of a session answered with port unreachable. */
  refused(key: string): void;
}

/** Packets that the kernel holds while this thread has no processor: a second of a thousand sessions. */
const receiveBuffer = 4 << 20;
/** Batches that are read of one socket before the others have their turn. */
const batchesPerTurn = 64;
const portAttempts = 50;

/** The sockets of all sessions: each sends from a port of its own, and those of one address share the port that they listen at. */
export class SessionSockets {
  readonly #epoll: Epoll;
  readonly #namespace: string | undefined;
  readonly #events: SocketEvents;
  readonly #batch = new UdpBatch(64, longestDatagram);
  readonly #senders = new Map<string, Sender>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #byDescriptor = new Map<number, Receiver | Sender>();

  constructor(epoll: Epoll, namespace: string | undefined, events: SocketEvents) {
    this.#epoll = epoll;
    this.#namespace = namespace;
    this.#events = events;
  }

  /** @throws SystemCallError EADDRNOTAVAIL while the address is on no interface, ENETUNREACH while there is no route, EADDRINUSE */
  open(endpoints: Endpoints): void {
    const receiver = this.#receiver(endpoints);
    try {
      const fd = this.#sender(endpoints);
      this.#epoll.add(fd);
      const sender = { fd, endpoints, receiver };
      this.#senders.set(keyOf(endpoints), sender);
      this.#byDescriptor.set(fd, sender);
      receiver.users++;
    } finally {
      if (receiver.users === 0) this.#closeReceiver(receiver);
    }
  }

  close(key: string): void {
    const sender = this.#senders.get(key);
    if (!sender) return;
    this.#senders.delete(key);
    this.#byDescriptor.delete(sender.fd);
    libc.close(sender.fd);
    if (--sender.receiver.users === 0) this.#closeReceiver(sender.receiver);
  }

  closeAll(): void {
    for (const key of this.#senders.keys()) this.close(key);
  }

  /** @returns whether the packet went out */
  send(key: string, packet: Uint8Array): boolean {
    const sender = this.#senders.get(key);
    if (!sender) return false;
    if (sendDatagram(sender.fd, packet) === undefined) return true;
    // An ICMP error about an earlier packet takes the place of one that is sent: once it is read, the way is free.
    this.#readErrors(sender);
    return sendDatagram(sender.fd, packet) === undefined;
  }

  /** Reads what {@link Epoll.wait} found. */
  ready({ fd, hasError, isReadable }: Readiness): void {
    const socket = this.#byDescriptor.get(fd);
    if (!socket) return;
    if ("users" in socket) this.#readDatagrams(socket);
    else {
      if (hasError) this.#readErrors(socket);
      // Nobody has reason to send there; and an error without a message of its own is taken away by a read.
      if (isReadable || hasError) this.#batch.receive(fd);
    }
  }

  #readDatagrams({ fd, address, multihop }: Receiver): void {
    for (let i = 0; i < batchesPerTurn; i++) {
      const batch = this.#batch.receive(fd);
      if (batch.length === 0) return;
      for (const { bytes, source, ttl } of batch) this.#events.datagram({ bytes, source, ttl, destination: address, multihop });
    }
  }

  #readErrors({ fd, endpoints }: Sender): void {
    for (const error of this.#batch.errors(fd)) {
      // Of a router or a firewall on the way it says nothing about the host.
      if (error.isPortUnreachable && error.from === endpoints.peer) this.#events.refused(keyOf(endpoints));
    }
  }

  #receiver({ local, multihop }: Endpoints): Receiver {
    const key = `${local} ${multihop}`;
    const there = this.#receivers.get(key);
    if (there) return there;
    const port = multihop ? multihopPort : singleHopPort;
    const fd = receivingUdp({ address: local, port }, { namespace: this.#namespace, receiveBuffer });
    this.#epoll.add(fd);
    const receiver = { fd, address: local, multihop, users: 0 };
    this.#receivers.set(key, receiver);
    this.#byDescriptor.set(fd, receiver);
    return receiver;
  }

  #closeReceiver({ fd, address, multihop }: Receiver): void {
    this.#receivers.delete(`${address} ${multihop}`);
    this.#byDescriptor.delete(fd);
    libc.close(fd);
  }

  #sender({ local, multihop, peer }: Endpoints): number {
    const to = { address: peer, port: multihop ? multihopPort : singleHopPort };
    for (let attempt = 1; ; attempt++) {
      try {
        return sendingUdp({ address: local, port: sourcePort(randomInt(2 ** 32) / 2 ** 32) }, to, this.#namespace);
      } catch (error) {
        const isTaken = error instanceof SystemCallError && error.errnoName === "EADDRINUSE";
        if (!isTaken || attempt === portAttempts) throw error;
      }
    }
  }
}
