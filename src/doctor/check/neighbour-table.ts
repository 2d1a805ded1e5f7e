// SPDX-License-Identifier: Apache-2.0
import { namespacesOf } from "../facts.ts";
import type { Check } from "../finding.ts";

export const neighbourTable: Check = {
  code: "WEFT_DOCTOR_NEIGHBOUR_TABLE",
  meaning: "the kernel's neighbour table is nearly too small for what is in it or wanted",
  judge(facts) {
    const { neighbourLimits, daemon } = facts;
    if (neighbourLimits === undefined) return [];
    return (["ipv4", "ipv6"] as const).flatMap((family) => {
      const [low, middle, most] = neighbourLimits[family];
      const there = namespacesOf(facts).reduce((n, ns) => n + ns.neighbours[family], 0);
      const need = Math.max(there, daemon?.neighbours[family] ?? 0);
      if (need < middle) return [];
      const enough = roomFor(need);
      const set = (n: 1 | 2 | 3, value: number) =>
        ({ kind: "sysctl", namespace: undefined, name: `net.${family}.neigh.default.gc_thresh${n}`, value: String(value) }) as const;
      return [
        {
          severity: need >= most * 0.9 ? "error" : "warning",
          object: `${family === "ipv4" ? "ARP" : "neighbour discovery"} table`,
          what: `${there} entries that may be collected, ${need} wanted; gc_thresh1..3 are ${low}, ${middle}, ${most}`,
          why: "beyond the second limit the kernel throws entries of silent workloads away, at the third it takes no new ones (“neighbour table overflow”); the limits are for all namespaces together",
          // The greatest first: no limit may pass the one above it, even for a moment.
          remedies: [set(3, Math.max(enough, most)), set(2, Math.max(enough / 2, middle)), set(1, Math.max(enough / 4, low))],
        },
      ];
    });
  },
};

/** A power of two whose half is well above `n`. */
function roomFor(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(n, 1) * 4));
}
