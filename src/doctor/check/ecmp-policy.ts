// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { sysctlNumber } from "../facts.ts";
import type { Check } from "../finding.ts";

const families = [
  { family: "IPv4", name: "net.ipv4.fib_multipath_hash_policy", isFour: true },
  { family: "IPv6", name: "net.ipv6.fib_multipath_hash_policy", isFour: false },
] as const;

export const ecmpPolicy: Check = {
  code: "WEFT_DOCTOR_ECMP_POLICY",
  meaning: "routes with several ways, but ports do not count in the choice of one",
  judge: ({ host }) =>
    families.flatMap(({ family, name, isFour }) => {
      const route = host.multipaths.find((m) => isIp4(m.destination.ip) === isFour);
      if (route === undefined || sysctlNumber(host, name) !== 0) return [];
      return [
        {
          severity: "warning",
          object: "host",
          what: `${name} = 0, with ${family} routes over ${route.devices.join(" and ")}`,
          why: "between two VTEPs flows differ in the UDP source port alone: without ports in the hash all of them take one uplink",
          remedies: [{ kind: "sysctl", namespace: undefined, name, value: "1" } as const],
        } as const,
      ];
    }),
};
