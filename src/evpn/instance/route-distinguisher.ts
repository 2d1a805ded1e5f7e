// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Rd } from "../../base/net/rd.ts";
import { EvpnError } from "../errors.ts";

/**
 * Automatic route distinguishers `routerId:index` — RFC 7432 §7.9. The index has 16 bits and a VNI 24, so the low bits of
 * the VNI are only the first choice: the same VNIs in the same order give the same RDs after a restart, and most of them
 * whatever the order, which spares peers a churn of routes.
 */
export class RdAllocator {
  readonly #routerId: Ip;
  readonly #byVni = new Map<number, number>();
  readonly #used = new Set<number>();

  constructor(routerId: Ip) {
    this.#routerId = routerId;
  }

  /** Keeps an RD that was configured by hand for its network: whoever has it by {@link assign} gets another one the next time. */
  reserve(rd: Rd): void {
    const [admin, index] = [rd.slice(0, rd.lastIndexOf(":")), Number(rd.slice(rd.lastIndexOf(":") + 1))];
    if (admin !== this.#routerId) return;
    for (const [vni, taken] of this.#byVni) if (taken === index) this.#byVni.delete(vni);
    this.#used.add(index);
  }

  /** The same RD for the same VNI until it is released. @throws EvpnError when all 65,535 are taken */
  assign(vni: number): Rd {
    let index = this.#byVni.get(vni);
    if (index === undefined) {
      if (this.#used.size >= 0xffff) throw new EvpnError("WEFT_EVPN_RD_EXHAUSTED", "no route distinguisher is left for another network");
      index = vni & 0xffff || 1;
      while (this.#used.has(index)) index = index === 0xffff ? 1 : index + 1;
      this.#used.add(index);
      this.#byVni.set(vni, index);
    }
    return `${this.#routerId}:${index}` as Rd;
  }

  release(vni: number): void {
    const index = this.#byVni.get(vni);
    if (index === undefined) return;
    this.#byVni.delete(vni);
    this.#used.delete(index);
  }
}
