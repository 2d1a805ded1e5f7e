// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { sysctlNumber } from "../facts.ts";
import type { Check } from "../finding.ts";

const families = [
  { family: "IPv4", name: "net.ipv4.ip_forward", matches: isIp4 },
  {
    family: "IPv6",
    name: "net.ipv6.conf.all.forwarding",
    matches: (ip: Parameters<typeof isIp4>[0]) => !isIp4(ip) && !ip.startsWith("fe80:"),
  },
] as const;

export const forwarding: Check = {
  code: "WEFT_DOCTOR_FORWARDING",
  meaning: "a domain with gateways does not forward",
  judge: ({ domains }) =>
    domains.flatMap((ns) =>
      families.flatMap(({ family, name, matches }) => {
        const gateways = ns.devices.filter((d) => d.kind === "bridge").flatMap((d) => d.addresses.map((a) => a.ip).filter(matches));
        if (gateways.length === 0 || sysctlNumber(ns, name) !== 0) return [];
        return [
          {
            severity: "error",
            object: `namespace ${ns.name!}`,
            what: `${name} = 0, with gateway ${gateways.join(", ")}`,
            why: `workloads reach their ${family} gateway and nothing behind it`,
            remedies: [{ kind: "sysctl", namespace: ns.name, name, value: "1" } as const],
          } as const,
        ];
      }),
    ),
};
