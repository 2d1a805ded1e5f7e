// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { AttributeSet, BestChange } from "../../bgp/rib/types.ts";
import { attributeSet, best, macIpNlri, multicastNlri } from "../../evpn/testing/remote-route.ts";

/** Routes of another host's VTEP, as the RIB would select them. */
export class RemoteHost {
  readonly address: Ip;
  /** The RIB keeps one set for all routes that came with the same attributes. */
  readonly #sets = new Map<string, AttributeSet>();

  constructor(address: string) {
    this.address = address as Ip;
  }

  #rd(vni: number): string {
    return `${this.address}:${vni}`;
  }

  #attributes(vni: number, mobility: { readonly sequence?: number; readonly sticky?: boolean }): AttributeSet {
    const name = `${vni} ${mobility.sequence} ${mobility.sticky}`;
    let set = this.#sets.get(name);
    if (!set) this.#sets.set(name, (set = attributeSet({ nextHop: this.address, targets: [`65000:${vni}`], ...mobility })));
    return set;
  }

  multicast(vni: number): BestChange {
    const pmsi = { tunnel: 6, label: vni, endpoint: this.address };
    return best(multicastNlri(this.#rd(vni), this.address), attributeSet({ nextHop: this.address, targets: [`65000:${vni}`], pmsi }));
  }

  mac(vni: number, mac: string, options: { readonly ip?: string; readonly sequence?: number; readonly sticky?: boolean } = {}): BestChange {
    const { ip, ...mobility } = options;
    return best(macIpNlri(this.#rd(vni), mac as Mac, ip as Ip | undefined, vni), this.#attributes(vni, mobility));
  }

  gone(vni: number, mac: string, ip?: string): BestChange {
    return best(macIpNlri(this.#rd(vni), mac as Mac, ip as Ip | undefined, vni), undefined);
  }
}
