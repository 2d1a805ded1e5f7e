// SPDX-License-Identifier: Apache-2.0
import { namespacesOf } from "../facts.ts";
import type { Check } from "../finding.ts";

/** RFC 7348 §5. */
const usual = 4789;

export const vxlanPort: Check = {
  code: "WEFT_DOCTOR_VXLAN_PORT",
  meaning: "a program listens at the UDP port of VXLAN",
  judge(facts) {
    const used = new Set(namespacesOf(facts).flatMap((ns) => ns.devices.flatMap((d) => (d.vxlan === undefined ? [] : [d.vxlan.port]))));
    const ports = used.size === 0 ? new Set([usual]) : used;
    return (facts.udpSockets ?? [])
      .filter((s) => ports.has(s.port))
      .map((s) => ({
        severity: "error",
        object: `UDP port ${s.port}`,
        what: `${s.program} (pid ${s.pid}) has it at ${s.address}`,
        why: "the kernel's VXLAN devices need the port for themselves: they do not come up, or what is sent to that address goes to the program",
        remedies: [],
        advice: [`stop ${s.program} (kill ${s.pid}), or give it or us another port (\`vtep.port\`, the same on every host)`],
      }));
  },
};
