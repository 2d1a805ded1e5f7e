// SPDX-License-Identifier: Apache-2.0
import { DatagramWatch, type WatchMode } from "../../base/sys/datagram-watch.ts";
import { attachFilter, detachFilter, type FilterStep } from "../../base/sys/socket-filter.ts";
import { NetlinkDecodeError } from "../errors.ts";
import { decodeEvent } from "../route/event.ts";
import type { NetlinkEvent, NetlinkObject } from "../route/request.ts";
import { messagesOf } from "../wire/message.ts";
import type { SubscriptionHandlers } from "./conn.ts";
import { openNetlinkSocket } from "./netlink-socket.ts";

/** RTNLGRP_* of linux/rtnetlink.h. Neighbours and FDB entries share one group, links and bridge ports another. */
const groupsOf: Readonly<Record<NetlinkObject, readonly number[]>> = {
  link: [1],
  "bridge-port": [1],
  neighbour: [3],
  fdb: [3],
  address: [5, 9],
  route: [7, 11],
  rule: [8, 19],
  nexthop: [32],
};

/** A socket of its own, so that a flood of events never stands before an answer. */
export class NetlinkSubscription {
  /** The watch's. */
  readonly #fd: number;
  readonly #watch: DatagramWatch;
  readonly #objects: ReadonlySet<NetlinkObject>;
  readonly #handlers: SubscriptionHandlers;
  #closed = false;
  #isDeaf = false;

  /** @throws SystemCallError */
  constructor(namespace: string | undefined, receiveBuffer: number, objects: readonly NetlinkObject[], handlers: SubscriptionHandlers) {
    this.#objects = new Set(objects);
    this.#handlers = handlers;
    const groups = [...new Set(objects.flatMap((o) => groupsOf[o]))];
    this.#fd = openNetlinkSocket({ namespace, receiveBuffer, groups, blocking: false });
    this.#watch = new DatagramWatch(this.#fd, {
      onDatagrams: (batch) => this.#receive(batch),
      onError: (errno) => this.#overrun(errno),
    });
  }

  get mode(): WatchMode {
    return this.#watch.mode;
  }

  #receive(batch: readonly Uint8Array[]): void {
    const events: NetlinkEvent[] = [];
    let broken: NetlinkDecodeError | undefined;
    for (const datagram of batch) {
      try {
        for (const m of messagesOf(datagram)) {
          const event = decodeEvent(m);
          if (event !== undefined && this.#objects.has(event.object)) events.push(event);
        }
      } catch (e) {
        if (!(e instanceof NetlinkDecodeError)) throw e;
        broken = e;
      }
    }
    if (events.length > 0 && !this.#closed) this.#handlers.onEvents(events);
    if (broken) this.#overrun(broken.message);
  }

  #overrun(reason: string): void {
    if (!this.#closed) this.#handlers.onOverrun(reason);
  }

  /** Drops what the filter says until {@link hearAll}. @throws SystemCallError, and then it is heard or not as before */
  ignore(filter: readonly FilterStep[]): void {
    if (this.#closed || this.#isDeaf) return;
    attachFilter(this.#fd, filter);
    this.#isDeaf = true;
  }

  hearAll(): void {
    if (this.#closed || !this.#isDeaf) return;
    detachFilter(this.#fd);
    this.#isDeaf = false;
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
  }
}
