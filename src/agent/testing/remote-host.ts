// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { BestChange } from "../../bgp/rib/types.ts";
import { attributeSet, best, macIpNlri, multicastNlri } from "../../evpn/testing/remote-route.ts";

/** Routes of another host's VTEP, as the RIB would select them. */
export class RemoteHost {
  readonly address: Ip;

  constructor(address: string) {
    this.address = address as Ip;
  }

  #rd(vni: number): string {
    return `${this.address}:${vni}`;
  }

  multicast(vni: number): BestChange {
    const pmsi = { tunnel: 6, label: vni, endpoint: this.address };
    return best(multicastNlri(this.#rd(vni), this.address), attributeSet({ nextHop: this.address, targets: [`65000:${vni}`], pmsi }));
  }

  mac(vni: number, mac: string, options: { readonly ip?: string; readonly sequence?: number; readonly sticky?: boolean } = {}): BestChange {
    const { ip, ...mobility } = options;
    const attributes = attributeSet({ nextHop: this.address, targets: [`65000:${vni}`], ...mobility });
    return best(macIpNlri(this.#rd(vni), mac as Mac, ip as Ip | undefined, vni), attributes);
  }

  gone(vni: number, mac: string, ip?: string): BestChange {
    return best(macIpNlri(this.#rd(vni), mac as Mac, ip as Ip | undefined, vni), undefined);
  }
}
