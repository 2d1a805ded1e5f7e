// SPDX-License-Identifier: Apache-2.0
import { type ImportInfo, signed } from "../forward/import-info.ts";
import type { IpVrf, RouteTarget } from "../types.ts";

/** What another domain of this host would read in the attributes of a route of ours (`originAttributes`), and whose it is. */
export function exportInfo(vrf: IpVrf, targets: readonly RouteTarget[], sequence: number, sticky: boolean): ImportInfo {
  return signed({
    targets,
    vtep: vrf.vtep,
    sequence,
    sticky,
    otherTunnel: undefined,
    pmsi: undefined,
    routerMac: vrf.routerMac,
    isGateway: false,
    preference: { localPref: 100, asPathLength: 0, origin: 0, neighbourAs: 0, med: 0 },
    domain: vrf.domain,
  });
}
