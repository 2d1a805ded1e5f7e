// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from "../../base/run/clock.ts";
import { DatagramWatch } from "../../base/sys/datagram-watch.ts";
import { libc } from "../../base/sys/libc.ts";
import { openPacketSocket, receiveFrame, sendFrame, takeDropped } from "../../base/sys/packet-socket.ts";
import type { FilterStep } from "../../base/sys/socket-filter.ts";
import { SystemCallError } from "../../base/sys/errors.ts";
import type { NamespaceName } from "../desired/object.ts";
import { pathOf } from "../kernel/requests.ts";
import { arpFilter, discoveryFilter, ETH_P_ARP, ETH_P_IPV6, longestLook, readFrame, type Sighting } from "./sighting.ts";

/** Frames read at once, and the pause before more are when there are more: a storm of ARP costs some percent of a core, the rest the kernel drops. */
const most = 256;
const pauseMs = 10;
/** The kernel counts some 800 octets for a frame: room for what comes in 10 ms of a busy network, with bursts. */
const receiveBuffer = 1 << 20;
/** The least that the kernel has: one frame is enough to be woken by. */
const bellBuffer = 1;

export interface TapOptions {
  readonly ns: NamespaceName;
  /** Of the event loop, not of a recording: what is read here is input. */
  readonly clock: Clock;
  readonly onSightings: (sightings: readonly Sighting[]) => void;
}

/** Listens to the ARP and neighbour discovery that bridges of one namespace hand to their host. */
export class FrameTap {
  readonly #parts: readonly ProtocolTap[];

  /** @throws SystemCallError `EPERM` without CAP_NET_RAW */
  constructor(options: TapOptions) {
    const arp = new ProtocolTap(options, ETH_P_ARP, arpFilter);
    try {
      this.#parts = [arp, new ProtocolTap(options, ETH_P_IPV6, discoveryFilter)];
    } catch (e) {
      arp.close();
      throw e;
    }
  }

  /** Out of the device with this ifindex. One that went away or down meanwhile loses the frame. */
  send(index: number, frame: Uint8Array): void {
    this.#parts[0]!.send(index, frame);
  }

  /** Frames that came too fast to be read since this was last asked. */
  takeDropped(): number {
    return this.#parts.reduce((sum, p) => sum + p.takeDropped(), 0);
  }

  close(): void {
    for (const p of this.#parts) p.close();
  }
}

/**
 * Two sockets: one is read with the address of each frame, because that alone tells the bridge; the other only wakes the loop, which
 * reads by itself and without addresses. Not a socket for each bridge: the kernel waits for an RCU grace period at each close,
 * also when a process is killed, and a host has 1,000 networks.
 */
class ProtocolTap {
  readonly #options: TapOptions;
  readonly #fd: number;
  readonly #bell: DatagramWatch;
  #more: Timer | undefined;
  #closed = false;

  constructor(options: TapOptions, protocol: number, filter: (take: number) => readonly FilterStep[]) {
    this.#options = options;
    const open = (take: number, buffer: number): number =>
      openPacketSocket({ namespace: pathOf(options.ns), protocol, filter: filter(take), receiveBuffer: buffer });
    // The kernel serves the newest first: when the bell rings, the frame is there.
    const bell = open(1, bellBuffer);
    try {
      this.#fd = open(longestLook, receiveBuffer);
    } catch (e) {
      libc.close(bell);
      throw e;
    }
    const wake = (): void => this.#wake();
    this.#bell = new DatagramWatch(bell, { onDatagrams: wake, onError: wake }, 64);
  }

  #wake(): void {
    if (!this.#more && !this.#closed) this.#read();
  }

  #read(): void {
    this.#more = undefined;
    const sightings: Sighting[] = [];
    let n = 0;
    for (; n < most; n++) {
      const received = this.#receive();
      if (!received) break;
      const claimed = readFrame(received.frame);
      if (claimed) sightings.push({ ns: this.#options.ns, index: received.index, ...claimed });
    }
    if (n === most) this.#more = this.#options.clock.after(pauseMs, () => this.#read());
    if (sightings.length > 0) this.#options.onSightings(sightings);
  }

  #receive(): ReturnType<typeof receiveFrame> {
    try {
      return receiveFrame(this.#fd);
    } catch (e) {
      // A device went down (ENETDOWN): told once, and what comes from others goes on.
      if (e instanceof SystemCallError) return undefined;
      throw e;
    }
  }

  send(index: number, frame: Uint8Array): void {
    sendFrame(this.#fd, index, frame);
  }

  takeDropped(): number {
    return takeDropped(this.#fd);
  }

  close(): void {
    this.#closed = true;
    this.#more?.cancel();
    this.#bell.close();
    libc.close(this.#fd);
  }
}
