// SPDX-License-Identifier: Apache-2.0
import type { AgentFile } from "./agent-schema.ts";
import type { Complain } from "./read-file.ts";
import { suggest } from "./suggest.ts";

/** What the file says of devices that have to be there: a port may come later, the way out may not. */
export function checkDevices(file: AgentFile, devices: readonly string[], complain: Complain): void {
  const device = file.vtep?.device;
  if (device === undefined || devices.includes(device)) return;
  const meant = suggest(device, devices);
  complain(
    "WEFT_CONFIG_REFERENCE",
    ["vtep", "device"],
    `this host has no interface "${device}"`,
    `there are: ${devices.join(", ")}`,
    meant ? `did you mean "${meant}"?` : "leave the key out to have it found",
  );
}
