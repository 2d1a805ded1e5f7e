// SPDX-License-Identifier: Apache-2.0
import type { Check } from "../finding.ts";

export const deviceKind: Check = {
  code: "WEFT_DOCTOR_KERNEL",
  meaning: "the kernel has no devices of a kind that is needed",
  judge: ({ missingKinds, daemon }) =>
    daemon?.component === "reflector"
      ? []
      : (missingKinds ?? []).map((kind) => ({
          severity: "error",
          object: `kernel`,
          what: `it has no ${kind} devices`,
          why: "every network is a bridge with a VXLAN device",
          remedies: [{ kind: "load-module", module: kind }],
          advice: [`a kernel with CONFIG_${kind.toUpperCase()}, where that says that there is no such module`],
        })),
};
