// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { namespacesOf } from "../facts.ts";
import type { Check } from "../finding.ts";

/** What the agent gives its own devices. */
const fixedTos = 4;

export const ecmpEntropy: Check = {
  code: "WEFT_DOCTOR_ECMP_ENTROPY",
  meaning: "a VXLAN device keeps one underlay route per VTEP, so that one of several uplinks is used",
  judge: (facts) =>
    namespacesOf(facts).flatMap((ns) =>
      ns.devices
        .filter(({ vxlan }) => {
          if (vxlan?.local === undefined || vxlan.tos !== 0) return false;
          const four = isIp4(vxlan.local);
          return facts.host.multipaths.some((m) => isIp4(m.destination.ip) === four);
        })
        .map((d) => ({
          severity: "warning",
          object: `device ${d.name}`,
          what: "no fixed `tos`, on a host with several ways to other VTEPs",
          why: "the driver caches the route to a VTEP with the uplink that was chosen first, unless the packets have a TOS or a mark: all flows take one uplink",
          remedies: [{ kind: "vxlan-tos", namespace: ns.name, device: d.name, tos: fixedTos }],
        })),
    ),
};
