// SPDX-License-Identifier: Apache-2.0
import { putIcmp6Checksum } from "../../base/net/icmp6-checksum.ts";
import { type Ip, ipToBytes, isIp4 } from "../../base/net/ip.ts";
import { type Mac, macToBytes } from "../../base/net/mac.ts";
import type { Clock, Timer } from "../../base/run/clock.ts";
import type { Journal } from "../../base/run/journal.ts";
import { libc } from "../../base/sys/libc.ts";
import { openPacketSocket, sendFrame } from "../../base/sys/packet-socket.ts";
import { takeoverUnsaid } from "../events.ts";

/** An address for which this host has begun to answer. */
export interface Takeover {
  /** ifindex in the host namespace, and its MAC. */
  readonly index: number;
  readonly mac: Mac;
  readonly ip: Ip;
}

/** A frame may get lost, and a switch may still believe that the workload is where it was: ms after the first one. */
const repeats = [1000, 3000];

/**
 * Tells the public network that an address is here now: a gratuitous ARP (RFC 5227 §3), or an unsolicited neighbour advertisement
 * (RFC 4861 §7.2.6). Routers keep what they resolved for minutes, and a floating IP moves with its workload.
 */
export class Takeovers {
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #timers = new Set<Timer>();

  constructor(clock: Clock, journal: Journal) {
    this.#clock = clock;
    this.#journal = journal;
  }

  announce(list: readonly Takeover[]): void {
    this.#send(list);
    for (const ms of repeats) {
      const timer = this.#clock.after(ms, () => {
        this.#timers.delete(timer);
        this.#send(list);
      });
      this.#timers.add(timer);
    }
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #send(list: readonly Takeover[]): void {
    let fd: number;
    try {
      fd = openPacketSocket({ namespace: undefined, protocol: 0, receiveBuffer: 4096 });
    } catch (error) {
      for (const { ip } of list) this.#journal.emit(takeoverUnsaid, { address: ip, error: (error as Error).message });
      return;
    }
    for (const t of list) {
      if (!sendFrame(fd, t.index, isIp4(t.ip) ? gratuitousArp(t) : unsolicitedAdvertisement(t)))
        this.#journal.emit(takeoverUnsaid, { address: t.ip, error: "the public interface does not take the frame" });
    }
    libc.close(fd);
  }
}

/** An ARP request for the address from itself: what every kernel takes over. */
export function gratuitousArp({ mac, ip }: Takeover): Uint8Array {
  const b = new Uint8Array(42).fill(0xff, 0, 6);
  b.set(macToBytes(mac), 6);
  b.set([0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1], 12);
  b.set(macToBytes(mac), 22);
  b.set(ipToBytes(ip), 28);
  b.set(ipToBytes(ip), 38);
  return b;
}

/** To all nodes, with the override flag and the target link-layer address option. */
export function unsolicitedAdvertisement({ mac, ip }: Takeover): Uint8Array {
  const b = new Uint8Array(86);
  b.set([0x33, 0x33, 0, 0, 0, 1], 0);
  b.set(macToBytes(mac), 6);
  b.set([0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255], 12);
  b.set(ipToBytes(ip), 22);
  b.set([0xff, 0x02], 38);
  b[53] = 1;
  b[54] = 136;
  b[58] = 0x20;
  b.set(ipToBytes(ip), 62);
  b.set([2, 1], 78);
  b.set(macToBytes(mac), 80);
  putIcmp6Checksum(b);
  return b;
}
