// SPDX-License-Identifier: Apache-2.0
import { inWhich, namespacesOf, sysctlNumber } from "../facts.ts";
import type { Check } from "../finding.ts";

const families = ["iptables", "ip6tables", "arptables"] as const;

/**
 * Per namespace, and 1 in a new one where br_netfilter is built in. In the namespaces of domains the agent sets it; there it is
 * no finding, whatever it is.
 */
export const bridgeNetfilter: Check = {
  code: "WEFT_DOCTOR_BRIDGE_NETFILTER",
  meaning: "bridged frames of networks go through the packet filter of the host",
  judge: (facts) =>
    namespacesOf(facts).flatMap((ns) => {
      const foreign = ns.name === undefined;
      const bridges = ns.devices.filter((d) => d.kind === "bridge" && ns.devices.some((p) => p.master === d.name && p.vxlan !== undefined));
      const on = families.map((f) => `net.bridge.bridge-nf-call-${f}`).filter((name) => sysctlNumber(ns, name) === 1);
      if (!foreign || bridges.length === 0 || on.length === 0) return [];
      return [
        {
          severity: "warning",
          object: `host`,
          what: `${on.join(", ")} = 1, with networks on ${bridges.map((b) => b.name).join(", ")}${inWhich(ns)}`,
          why: "frames between workloads of one network meet the host's own rules (Docker and Kubernetes drop what they do not know) and its connection tracking",
          remedies: on.map((name) => ({ kind: "sysctl", namespace: ns.name, name, value: "0" }) as const),
          advice: ["or put the networks into a domain, whose namespace has its own"],
        },
      ];
    }),
};
