// SPDX-License-Identifier: Apache-2.0
import { inSysctl } from "../../base/sys/sysctl-name.ts";
import { namespacesOf } from "../facts.ts";
import type { Check } from "../finding.ts";

export const ipv6Noise: Check = {
  code: "WEFT_DOCTOR_IPV6_NOISE",
  meaning: "ports of a network's bridge have IPv6 addresses of their own and talk into the network",
  judge: (facts) =>
    namespacesOf(facts).flatMap((ns) => {
      const bridges = new Set(ns.devices.filter((d) => d.vxlan !== undefined).map((d) => d.master));
      return ns.devices
        .filter((d) => d.master !== undefined && bridges.has(d.master) && d.addresses.some((a) => a.ip.startsWith("fe80:")))
        .map((d) => ({
          severity: "note",
          object: `device ${d.name}`,
          what: "has a link-local address, though it is a port of a bridge",
          why: "the host sends multicast listener reports and router solicitations from it, which every workload of the network receives on every host",
          remedies: [{ kind: "sysctl", namespace: ns.name, name: `net.ipv6.conf.${inSysctl(d.name)}.disable_ipv6`, value: "1" }],
          advice: ["`ip link set DEV addrgenmode none` before it is brought up, where it is made"],
        }));
    }),
};
