// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";

/** How long a workload may take from leaving one host to being seen at another, ms. */
const memory = 10_000;

interface Departed {
  readonly network: string;
  readonly mac: Mac;
  readonly ips: Set<Ip>;
  readonly at: number;
}

/**
 * Addresses whose routes were taken back a moment ago, or that left this host with their MAC. When their MAC turns up here next, a workload has moved: its gratuitous ARP
 * may have come while the kernel still had the old entry, which takes no ARP, and workloads say it only once.
 */
export class DepartedAddresses {
  /** Oldest first. */
  readonly #byMac = new Map<string, Departed>();

  note(network: string, mac: Mac, ip: Ip, now: number): void {
    this.#forget(now);
    const key = `${network} ${mac}`;
    const ips = this.#byMac.get(key)?.ips ?? new Set();
    this.#byMac.delete(key);
    this.#byMac.set(key, { network, mac, ips: ips.add(ip), at: now });
  }

  /** The addresses that a MAC had until a moment ago, told once. */
  take(network: string, mac: Mac, now: number): readonly Ip[] {
    this.#forget(now);
    const key = `${network} ${mac}`;
    const found = this.#byMac.get(key);
    this.#byMac.delete(key);
    return found ? [...found.ips] : [];
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#byMac) {
      if (now - at <= memory) return;
      this.#byMac.delete(key);
    }
  }
}
