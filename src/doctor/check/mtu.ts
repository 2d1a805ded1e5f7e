// SPDX-License-Identifier: Apache-2.0
import { encapsulation } from "../../agent/kernel/underlay.ts";
import { namespacesOf } from "../facts.ts";
import type { Check } from "../finding.ts";
import { networkMtu } from "../network-mtu.ts";

/** What is of the agent's making is no finding of its own: it is as wide as the underlay unless `networks[].mtu` says more. */
export const mtu: Check = {
  code: "WEFT_DOCTOR_MTU",
  meaning: "packets of a network do not fit the underlay",
  judge(facts) {
    const narrowest = facts.uplinks.toSorted((a, b) => a.mtu - b.mtu)[0];
    if (narrowest === undefined) return [];
    return namespacesOf(facts).flatMap((ns) =>
      ns.devices
        .filter((d) => d.vxlan?.local !== undefined && networkMtu(d, ns) + encapsulation(d.vxlan.local) > narrowest.mtu)
        .map((d) => {
          const carried = networkMtu(d, ns);
          const needs = carried + encapsulation(d.vxlan!.local!);
          return {
            severity: "warning",
            object: `device ${d.name}`,
            what: `MTU ${carried} needs ${needs} octets of the underlay, ${narrowest.name} carries ${narrowest.mtu}`,
            why: "full packets are fragmented, or lost where fragments are: ping works, downloads hang",
            // Either end of the trouble may be the right one to change, and both belong to somebody else.
            remedies: [],
            advice: [
              `ip link set ${narrowest.name} mtu ${needs}, when every switch and host of the underlay carries that`,
              `else MTU ${narrowest.mtu - encapsulation(d.vxlan!.local!)} for the network${d.own ? " (networks[].mtu)" : `: ${d.name}, its bridge`} and its workloads`,
            ],
          };
        }),
    );
  },
};
