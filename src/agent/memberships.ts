// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../base/bytes/hex.ts";
import { type Ip, ipToBytes } from "../base/net/ip.ts";
import { defaultMembership } from "../bgp/rib/membership.ts";
import type { Rib } from "../bgp/rib/rib.ts";
import type { LocalRoute } from "../bgp/rib/types.ts";
import { parseRouteTarget } from "../bgp/wire/community/route-target.ts";
import { membershipOf } from "../bgp/wire/nlri/rt-constrain.ts";
import { encodeNlri } from "../bgp/wire/nlri/table.ts";
import type { MacVrf } from "../evpn/types.ts";

/** ORIGIN IGP, AS_PATH without a segment. */
const attributes = Uint8Array.of(0x40, 1, 1, 0, 0x40, 2, 0);

/** Asks peers for the routes that the networks and domains of this host import — RFC 4684: a membership for every route target of an import list. */
export class Memberships {
  readonly #rib: () => Rib;
  readonly #origin: { readonly asn: number; readonly routerId: Ip };
  /** NLRI of what is announced, by its octets in hex. */
  #announced = new Map<string, Uint8Array>();

  constructor(rib: () => Rib, origin: { readonly asn: number; readonly routerId: Ip }) {
    this.#rib = rib;
    this.#origin = origin;
  }

  /** These are the networks and domains now. @returns whether that changed the RIB */
  follow(vrfs: readonly Pick<MacVrf, "importTargets">[]): boolean {
    const wanted = new Map<string, Uint8Array>();
    for (const { importTargets } of vrfs) {
      for (const target of importTargets) {
        const nlri = membershipNlri(target, this.#origin.asn);
        wanted.set(toHex(nlri), nlri);
      }
    }
    const before = this.#announced;
    this.#announced = wanted;
    let changed = false;
    for (const [key, nlri] of wanted) {
      if (before.has(key)) continue;
      this.#rib().announceLocal(this.#route(nlri));
      changed = true;
    }
    // What is asked for anew comes before what is asked for no longer goes: a route target may only have become another form of itself.
    for (const [key, nlri] of before) {
      if (wanted.has(key)) continue;
      this.#rib().withdrawLocal("rt-constrain", nlri);
      changed = true;
    }
    return changed;
  }

  #route(nlri: Uint8Array): LocalRoute {
    return { family: "rt-constrain", nlri, attributes, nextHop: ipToBytes(this.#origin.routerId) };
  }
}

/**
 * The membership of one entry of an import list. A wildcard for the administrator leaves the first bits open, which no prefix can
 * say: it asks for everything.
 */
function membershipNlri(target: string, asn: number): Uint8Array {
  const exact = parseRouteTarget(target);
  return exact === undefined ? defaultMembership : encodeNlri("rt-constrain", membershipOf(asn, exact));
}
