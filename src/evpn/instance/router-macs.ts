// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { compareIps } from "../forward/best-remote.ts";

/** Where frames for a router MAC go. */
export interface RouterPlace {
  readonly vtep: Ip;
  readonly vni: number;
}

interface Counted extends RouterPlace {
  /** Routes that say so. */
  count: number;
}

/**
 * Where routes say that a router MAC is. A VXLAN device sends all frames for a MAC to one place: of two hosts with one router MAC
 * only the lower VTEP can be reached, and of two VNIs of a host the domain's own, else the lower.
 */
export class RouterMacs {
  readonly #places = new Map<Mac, Counted[]>();
  /** Those with a place more or less since they were looked at. */
  readonly changed = new Set<Mac>();
  /** By MAC, the VTEPs that were told of. */
  readonly #reported = new Map<Mac, ReadonlySet<Ip>>();

  add(mac: Mac, vtep: Ip, vni: number): void {
    const places = this.#places.get(mac);
    if (!places) {
      this.#places.set(mac, [{ vtep, vni, count: 1 }]);
      return;
    }
    const known = places.find((p) => p.vtep === vtep && p.vni === vni);
    if (known) known.count++;
    else {
      places.push({ vtep, vni, count: 1 });
      this.changed.add(mac);
    }
  }

  remove(mac: Mac, vtep: Ip, vni: number): void {
    const places = this.#places.get(mac)!;
    const at = places.findIndex((p) => p.vtep === vtep && p.vni === vni);
    if (--places[at]!.count > 0) return;
    places.splice(at, 1);
    if (places.length > 0) this.changed.add(mac);
    else this.#places.delete(mac);
  }

  /** The one that is sent to. @param own the domain's L3VNI */
  place(mac: Mac, own: number): RouterPlace | undefined {
    const places = this.#places.get(mac) ?? [];
    return places.length < 2 ? places[0] : places.toSorted((a, b) => comparePlaces(a, b, own))[0];
  }

  /** Pairs that nobody was told of yet, and forgets {@link changed}. */
  takeConflicts(): readonly { readonly mac: Mac; readonly vteps: readonly [Ip, Ip] }[] {
    const out: { readonly mac: Mac; readonly vteps: readonly [Ip, Ip] }[] = [];
    for (const mac of this.changed) {
      const [first, ...others] = this.#vteps(mac);
      const known = this.#reported.get(mac);
      for (const vtep of others) if (!known?.has(vtep)) out.push({ mac, vteps: [first!, vtep] });
      if (others.length > 0) this.#reported.set(mac, new Set(others));
      else this.#reported.delete(mac);
    }
    this.changed.clear();
    return out;
  }

  *conflicts(): Generator<{ readonly mac: Mac; readonly vteps: readonly Ip[] }> {
    for (const mac of this.#places.keys()) {
      const vteps = this.#vteps(mac);
      if (vteps.length > 1) yield { mac, vteps };
    }
  }

  #vteps(mac: Mac): readonly Ip[] {
    return [...new Set((this.#places.get(mac) ?? []).map((p) => p.vtep))].toSorted(compareIps);
  }
}

function comparePlaces(a: RouterPlace, b: RouterPlace, own: number): number {
  return compareIps(a.vtep, b.vtep) || Number(b.vni === own) - Number(a.vni === own) || a.vni - b.vni;
}
