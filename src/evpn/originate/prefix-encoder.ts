// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes, isIp4 } from "../../base/net/ip.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { LocalRoute } from "../../bgp/rib/types.ts";
import { zeroEsi } from "../../bgp/wire/nlri/evpn/esi.ts";
import { encodeEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import type { ImportInfo } from "../forward/import-info.ts";
import type { IpVrf } from "../types.ts";
import { originAttributes } from "./attributes.ts";
import { exportInfo } from "./export-info.ts";

/** Makes the type-5 routes of one domain, interface-less (RFC 9136 §4.4.1): the way is the VTEP, the router MAC and the L3VNI. */
export class PrefixEncoder {
  readonly #vrf: IpVrf;
  readonly #nextHop: Uint8Array;
  readonly #attributes: Uint8Array;
  /** What its routes say to other domains of this host. */
  readonly exported: ImportInfo;

  constructor(vrf: IpVrf) {
    this.#vrf = vrf;
    this.#nextHop = ipToBytes(vrf.vtep);
    this.exported = exportInfo(vrf, vrf.exportTargets, 0, false);
    this.#attributes = originAttributes({
      targets: vrf.exportTargets,
      vtep: vrf.vtep,
      matter: { kind: "prefix", routerMac: vrf.routerMac },
    });
  }

  prefix(prefix: Prefix): LocalRoute {
    const { rd, l3vni } = this.#vrf;
    const gateway = (isIp4(prefix.ip) ? "0.0.0.0" : "::") as Ip;
    const nlri = encodeEvpn({ kind: "ip-prefix", rd, esi: zeroEsi, tag: 0, prefix, gateway, label: l3vni });
    return { family: "l2vpn-evpn", nlri, attributes: this.#attributes, nextHop: this.#nextHop };
  }
}
