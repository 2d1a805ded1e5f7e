// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { LocalRoute } from "../../bgp/rib/types.ts";
import { zeroEsi } from "../../bgp/wire/nlri/evpn/esi.ts";
import { encodeEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import type { MacVrf } from "../types.ts";
import { originAttributes } from "./attributes.ts";

/** Makes the routes of one network. Attributes are encoded once per sequence number and shared, so that the RIB packs their routes together. */
export class RouteEncoder {
  readonly #vrf: MacVrf;
  readonly #nextHop: Uint8Array;
  readonly #attributes = new Map<number | "sticky", Uint8Array>();

  constructor(vrf: MacVrf) {
    this.#vrf = vrf;
    this.#nextHop = ipToBytes(vrf.vtep);
  }

  /** Type 3 — RFC 7432 §11.1. */
  multicast(): LocalRoute {
    const { rd, vtep } = this.#vrf;
    const nlri = encodeEvpn({ kind: "inclusive-multicast", rd, tag: 0, originator: vtep });
    const attributes = originAttributes(this.#vrf, { kind: "multicast" });
    return { family: "l2vpn-evpn", nlri, attributes, nextHop: this.#nextHop };
  }

  /** Type 2 — RFC 7432 §9.2. */
  macIp(mac: Mac, ip: Ip | undefined, sequence: number, sticky: boolean): LocalRoute {
    const { rd, vni } = this.#vrf;
    const nlri = encodeEvpn({ kind: "mac-ip", rd, esi: zeroEsi, tag: 0, mac, ip, label: vni });
    return { family: "l2vpn-evpn", nlri, attributes: this.macAttributes(sequence, sticky), nextHop: this.#nextHop };
  }

  /** The same array for the same arguments. */
  macAttributes(sequence: number, sticky: boolean): Uint8Array {
    const key = sticky ? "sticky" : sequence;
    let attributes = this.#attributes.get(key);
    if (!attributes) {
      attributes = originAttributes(this.#vrf, { kind: "mac", sequence, sticky });
      this.#attributes.set(key, attributes);
    }
    return attributes;
  }
}
