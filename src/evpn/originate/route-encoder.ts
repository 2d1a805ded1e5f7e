// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { prefixContains } from "../../base/net/prefix.ts";
import type { LocalRoute } from "../../bgp/rib/types.ts";
import { zeroEsi } from "../../bgp/wire/nlri/evpn/esi.ts";
import { encodeEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import type { ImportInfo } from "../forward/import-info.ts";
import type { IpVrf, MacVrf, RouteTarget } from "../types.ts";
import { originAttributes } from "./attributes.ts";
import { exportInfo } from "./export-info.ts";

/** Makes the routes of one network. Attributes are encoded once per sequence number and shared, so that the RIB packs their routes together. */
export class RouteEncoder {
  readonly #vrf: MacVrf;
  readonly #domain: IpVrf | undefined;
  readonly #nextHop: Uint8Array;
  readonly #attributes = new Map<string, Uint8Array>();
  readonly #exported = new Map<string, ImportInfo>();

  /** @param domain the IP-VRF that routes for the network */
  constructor(vrf: MacVrf, domain: IpVrf | undefined) {
    this.#vrf = vrf;
    this.#domain = domain;
    this.#nextHop = ipToBytes(vrf.vtep);
  }

  /** Type 3 — RFC 7432 §11.1. */
  multicast(): LocalRoute {
    const { rd, vtep, exportTargets } = this.#vrf;
    const nlri = encodeEvpn({ kind: "inclusive-multicast", rd, tag: 0, originator: vtep });
    const attributes = originAttributes({ targets: exportTargets, vtep, matter: { kind: "multicast", vni: this.#vrf.vni } });
    return { family: "l2vpn-evpn", nlri, attributes, nextHop: this.#nextHop };
  }

  /** Whether others may route to a station with this address by the domain's VNI: only what this host itself would route to. */
  routes(ip: Ip | undefined): boolean {
    if (ip === undefined || !this.#domain) return false;
    return this.#vrf.subnets?.some((s) => prefixContains(s.prefix, ip)) === true;
  }

  /** Type 2 — RFC 7432 §9.2; with the label of the domain for a host that is routed to — RFC 9135 §5.1. */
  macIp(mac: Mac, ip: Ip | undefined, sequence: number, sticky: boolean): LocalRoute {
    const { rd, vni } = this.#vrf;
    const isRouted = this.routes(ip);
    const second = isRouted ? { label2: this.#domain!.l3vni } : {};
    const nlri = encodeEvpn({ kind: "mac-ip", rd, esi: zeroEsi, tag: 0, mac, ip, label: vni, ...second });
    return { family: "l2vpn-evpn", nlri, attributes: this.macAttributes(sequence, sticky, isRouted), nextHop: this.#nextHop };
  }

  /** The same array for the same arguments. */
  macAttributes(sequence: number, sticky: boolean, isRouted: boolean): Uint8Array {
    const key = `${sticky ? "sticky" : sequence}${isRouted ? " routed" : ""}`;
    let attributes = this.#attributes.get(key);
    if (!attributes) {
      const { exportTargets, vtep } = this.#vrf;
      const domain = isRouted ? this.#domain : undefined;
      const targets = isRouted ? this.#routedTargets() : exportTargets;
      attributes = originAttributes({ targets, vtep, matter: { kind: "mac", sequence, sticky, routerMac: domain?.routerMac } });
      this.#attributes.set(key, attributes);
    }
    return attributes;
  }

  /** What a route to a host says to other domains of this host; the same for the same arguments. */
  exported(sequence: number, sticky: boolean): ImportInfo {
    const key = sticky ? "sticky" : `${sequence}`;
    let info = this.#exported.get(key);
    if (!info) this.#exported.set(key, (info = exportInfo(this.#domain!, this.#routedTargets(), sequence, sticky)));
    return info;
  }

  #routedTargets(): readonly RouteTarget[] {
    return [...new Set([...this.#vrf.exportTargets, ...this.#domain!.exportTargets])];
  }
}
