// SPDX-License-Identifier: Apache-2.0
import { inSysctl } from "../../base/sys/sysctl-name.ts";
import { type HostFacts, type NamespaceFacts, namespacesOf, sysctlNumber } from "../facts.ts";
import type { Check, Finding } from "../finding.ts";

const strict = 1;
const loose = "2";

/** The kernel takes the greater of `all` and the device's own (ip-sysctl.rst). */
function effective(ns: NamespaceFacts, device: string): number {
  const of = (name: string): number => sysctlNumber(ns, `net.ipv4.conf.${inSysctl(name)}.rp_filter`) ?? 0;
  return Math.max(of("all"), of(device));
}

/** Devices where an answer may come back by another way than the question went. */
function asymmetric(facts: HostFacts, ns: NamespaceFacts): readonly string[] {
  if (ns.name === undefined) return facts.uplinks.length > 1 ? facts.uplinks.map((u) => u.name) : [];
  return ns.devices.filter((d) => d.kind === "bridge" || d.vxlan !== undefined).map((d) => d.name);
}

export const rpFilter: Check = {
  code: "WEFT_DOCTOR_RP_FILTER",
  meaning: "strict reverse path filtering where packets come back by another way",
  judge: (facts) =>
    namespacesOf(facts).flatMap((ns): readonly Finding[] => {
      const devices = asymmetric(facts, ns).filter((name) => effective(ns, name) === strict);
      if (devices.length === 0) return [];
      // `all` at 2 is the greater for every device.
      const names = sysctlNumber(ns, "net.ipv4.conf.all.rp_filter") === strict ? ["all"] : devices;
      return [
        {
          severity: "warning",
          object: ns.name === undefined ? "host" : `namespace ${ns.name}`,
          what: `rp_filter is strict (1) on ${devices.join(", ")}`,
          why:
            ns.name === undefined
              ? "with several uplinks VXLAN packets arrive by one that the route back does not use, and the kernel drops them without a word"
              : "routed traffic comes in by one device and is answered by another (the distributed gateway), and the kernel drops it without a word",
          remedies: names.map(
            (n) => ({ kind: "sysctl", namespace: ns.name, name: `net.ipv4.conf.${inSysctl(n)}.rp_filter`, value: loose }) as const,
          ),
        },
      ];
    }),
};
