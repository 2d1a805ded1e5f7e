// SPDX-License-Identifier: Apache-2.0
import type { Rd } from "../../base/net/rd.ts";
import { parseRouteTarget } from "../../bgp/wire/community/route-target.ts";
import { EvpnError } from "../errors.ts";
import type { MacVrf, RouteTarget } from "../types.ts";
import { parseImportTarget } from "./route-target.ts";

const highestVni = 0xffffff;

/** The instances by network, route targets in canonical text and each once. @throws EvpnError */
export function checkInstances(instances: readonly MacVrf[]): ReadonlyMap<string, MacVrf> {
  const byNetwork = new Map<string, MacVrf>();
  const byRd = new Map<Rd, string>();
  for (const vrf of instances) {
    const { network, vni, rd } = vrf;
    if (byNetwork.has(network)) throw new EvpnError("WEFT_EVPN_NETWORK_TWICE", `network ${network} is there twice`);
    if (!Number.isInteger(vni) || vni < 1 || vni > highestVni)
      throw new EvpnError("WEFT_EVPN_VNI", `network ${network}: VNI ${vni} is not in 1…${highestVni}`);
    // Routes of two networks with one RD would replace one another — RFC 7432 §7.9.
    if (byRd.has(rd)) throw new EvpnError("WEFT_EVPN_RD_TWICE", `networks ${byRd.get(rd)} and ${network} have the same RD ${rd}`);
    byRd.set(rd, network);
    byNetwork.set(network, {
      ...vrf,
      importTargets: canonical(network, vrf.importTargets, parseImportTarget),
      exportTargets: canonical(network, vrf.exportTargets, parseRouteTarget),
    });
  }
  return byNetwork;
}

function canonical(network: string, targets: readonly RouteTarget[], parse: (text: string) => RouteTarget | undefined): RouteTarget[] {
  const texts = targets.map((text) => {
    const target = parse(text);
    if (target === undefined)
      throw new EvpnError("WEFT_EVPN_ROUTE_TARGET", `network ${network}: ${text} is no route target that can stand here`);
    return target;
  });
  return [...new Set(texts)].toSorted();
}
