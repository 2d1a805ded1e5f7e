// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { compareIps } from "../forward/best-remote.ts";

/**
 * Which VTEPs say that a router MAC is theirs, by how many routes. A VXLAN device sends all frames for a MAC to one place: of two hosts
 * with one router MAC only the lower VTEP can be reached.
 */
export class RouterMacs {
  readonly #vteps = new Map<Mac, Map<Ip, number>>();
  /** Those with another VTEP, or one less, since they were looked at. */
  readonly changed = new Set<Mac>();
  /** By MAC, the others that were told of. */
  readonly #reported = new Map<Mac, ReadonlySet<Ip>>();

  add(mac: Mac, vtep: Ip): void {
    let vteps = this.#vteps.get(mac);
    if (!vteps) this.#vteps.set(mac, (vteps = new Map()));
    const count = vteps.get(vtep) ?? 0;
    vteps.set(vtep, count + 1);
    if (count === 0 && vteps.size > 1) this.changed.add(mac);
  }

  remove(mac: Mac, vtep: Ip): void {
    const vteps = this.#vteps.get(mac)!;
    const count = vteps.get(vtep)! - 1;
    if (count > 0) {
      vteps.set(vtep, count);
      return;
    }
    vteps.delete(vtep);
    if (vteps.size > 0) this.changed.add(mac);
    else this.#vteps.delete(mac);
  }

  /** The VTEP that is sent to. */
  owner(mac: Mac): Ip | undefined {
    let owner: Ip | undefined;
    for (const vtep of this.#vteps.get(mac)?.keys() ?? []) if (owner === undefined || compareIps(vtep, owner) < 0) owner = vtep;
    return owner;
  }

  /** Pairs that nobody was told of yet, and forgets {@link changed}. */
  takeConflicts(): readonly { readonly mac: Mac; readonly vteps: readonly [Ip, Ip] }[] {
    const out: { readonly mac: Mac; readonly vteps: readonly [Ip, Ip] }[] = [];
    for (const mac of this.changed) {
      const owner = this.owner(mac);
      const others = new Set([...(this.#vteps.get(mac)?.keys() ?? [])].filter((vtep) => vtep !== owner));
      const known = this.#reported.get(mac);
      for (const vtep of others) if (!known?.has(vtep)) out.push({ mac, vteps: [owner!, vtep] });
      if (others.size > 0) this.#reported.set(mac, others);
      else this.#reported.delete(mac);
    }
    this.changed.clear();
    return out;
  }

  *conflicts(): Generator<{ readonly mac: Mac; readonly vteps: readonly Ip[] }> {
    for (const [mac, vteps] of this.#vteps) if (vteps.size > 1) yield { mac, vteps: [...vteps.keys()].toSorted(compareIps) };
  }
}
