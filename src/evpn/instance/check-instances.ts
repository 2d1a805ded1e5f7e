// SPDX-License-Identifier: Apache-2.0
import type { Rd } from "../../base/net/rd.ts";
import { parseRouteTarget } from "../../bgp/wire/community/route-target.ts";
import { EvpnError } from "../errors.ts";
import type { IpVrf, MacVrf, RouteTarget } from "../types.ts";
import { parseImportTarget } from "./route-target.ts";

const highestVni = 0xffffff;

type Targets = Pick<MacVrf, "importTargets" | "exportTargets">;

/** The domains by name, likewise. @throws EvpnError */
export function checkDomains(domains: readonly IpVrf[], networks: readonly MacVrf[]): ReadonlyMap<string, IpVrf> {
  const byName = new Map<string, IpVrf>();
  const byRd = new Map(networks.map(({ rd, network }) => [rd, `network ${network}`]));
  for (const vrf of domains) {
    const { domain, l3vni, rd } = vrf;
    const what = `domain ${domain}`;
    if (byName.has(domain)) throw new EvpnError("WEFT_EVPN_DOMAIN_TWICE", `${what} is there twice`);
    checkVni(what, l3vni);
    if (byRd.has(rd)) throw new EvpnError("WEFT_EVPN_RD_TWICE", `${byRd.get(rd)} and ${what} have the same RD ${rd}`);
    byRd.set(rd, what);
    byName.set(domain, { ...vrf, ...canonicalTargets(what, vrf) });
  }
  return byName;
}

/** The instances by network, route targets in canonical text and each once. @throws EvpnError */
export function checkInstances(instances: readonly MacVrf[]): ReadonlyMap<string, MacVrf> {
  const byNetwork = new Map<string, MacVrf>();
  const byRd = new Map<Rd, string>();
  for (const vrf of instances) {
    const { network, vni, rd } = vrf;
    if (byNetwork.has(network)) throw new EvpnError("WEFT_EVPN_NETWORK_TWICE", `network ${network} is there twice`);
    checkVni(`network ${network}`, vni);
    // Routes of two networks with one RD would replace one another — RFC 7432 §7.9.
    if (byRd.has(rd)) throw new EvpnError("WEFT_EVPN_RD_TWICE", `networks ${byRd.get(rd)} and ${network} have the same RD ${rd}`);
    byRd.set(rd, network);
    byNetwork.set(network, { ...vrf, ...canonicalTargets(`network ${network}`, vrf) });
  }
  return byNetwork;
}

function checkVni(what: string, vni: number): void {
  if (!Number.isInteger(vni) || vni < 1 || vni > highestVni)
    throw new EvpnError("WEFT_EVPN_VNI", `${what}: VNI ${vni} is not in 1…${highestVni}`);
}

function canonicalTargets(what: string, vrf: Targets): Targets {
  return {
    importTargets: canonical(what, vrf.importTargets, parseImportTarget),
    exportTargets: canonical(what, vrf.exportTargets, parseRouteTarget),
  };
}

function canonical(what: string, targets: readonly RouteTarget[], parse: (text: string) => RouteTarget | undefined): RouteTarget[] {
  const texts = targets.map((text) => {
    const target = parse(text);
    if (target === undefined) throw new EvpnError("WEFT_EVPN_ROUTE_TARGET", `${what}: ${text} is no route target that can stand here`);
    return target;
  });
  return [...new Set(texts)].toSorted();
}
