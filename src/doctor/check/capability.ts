// SPDX-License-Identifier: Apache-2.0
import type { Check } from "../finding.ts";

/** Without it the agent works, but does not hear what workloads say. */
const wanted = "CAP_NET_RAW";

export const capability: Check = {
  code: "WEFT_DOCTOR_CAPABILITY",
  meaning: "the agent may not do what it has to",
  judge({ missingCapabilities, daemon }) {
    if (missingCapabilities.length === 0 || daemon?.component === "reflector") return [];
    const who = daemon === undefined ? "this process" : `the agent (pid ${daemon.pid})`;
    const needed = missingCapabilities.filter((c) => c !== wanted);
    return [
      {
        severity: needed.length > 0 ? "error" : "warning",
        object: "host",
        what: `${who} lacks ${missingCapabilities.join(", ")}`,
        why:
          needed.length > 0
            ? "devices, namespaces and forwarding entries cannot be made without"
            : "ARP and neighbour discovery of workloads cannot be heard without: addresses of silent ones stay unknown",
        remedies: [],
        advice: ["run the agent as root", `AmbientCapabilities=CAP_NET_ADMIN CAP_SYS_ADMIN CAP_NET_RAW in its unit`],
      },
    ];
  },
};
