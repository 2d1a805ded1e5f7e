// SPDX-License-Identifier: Apache-2.0
import { namespacesOf } from "../facts.ts";
import type { Check } from "../finding.ts";

/** Part of the limit from which on it is a finding, and from which on an error. */
const [busy, full] = [0.7, 0.95];

export const conntrack: Check = {
  code: "WEFT_DOCTOR_CONNTRACK",
  meaning: "connection tracking is nearly full in a namespace",
  judge(facts) {
    const most = facts.connectionLimit;
    if (most === undefined || most === 0) return [];
    // The limit is one number, and counts in each namespace by itself.
    return namespacesOf(facts)
      .filter((ns) => (ns.connections ?? 0) >= most * busy)
      .map((ns) => ({
        severity: ns.connections! >= most * full ? "error" : "warning",
        object: ns.name === undefined ? "host" : `namespace ${ns.name}`,
        what: `${ns.connections} connections are tracked, ${most} may be`,
        why: "NAT and stateful filters drop the first packet of every connection beyond (“nf_conntrack: table full”)",
        remedies: [
          {
            kind: "sysctl",
            namespace: undefined,
            name: "net.netfilter.nf_conntrack_max",
            value: String(2 ** Math.ceil(Math.log2(most * 2))),
          },
        ],
      }));
  },
};
