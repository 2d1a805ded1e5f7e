// SPDX-License-Identifier: Apache-2.0

/** Name of a device within that of a sysctl: a dot, as of a VLAN interface, is written as a slash (sysctl.d(5)). */
export function inSysctl(device: string): string {
  return device.replaceAll(".", "/");
}
