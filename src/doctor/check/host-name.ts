// SPDX-License-Identifier: Apache-2.0
import type { Check } from "../finding.ts";

export const hostName: Check = {
  code: "WEFT_DOCTOR_HOST_NAME",
  meaning: "the machine has a name that others have as well",
  judge: ({ hostName: name }) =>
    /^(localhost|debian|ubuntu)(\..*)?$|^$/.test(name)
      ? [
          {
            severity: "note",
            object: "host",
            what: `its name is "${name}"`,
            why: "the name stands for the host in status, BGP (FQDN capability) and logs unless `host` is configured",
            remedies: [],
            advice: ["hostnamectl set-hostname NAME, or `host: NAME` in the configuration"],
          },
        ]
      : [],
};
