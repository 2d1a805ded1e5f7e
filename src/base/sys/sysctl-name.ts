// SPDX-License-Identifier: Apache-2.0

/** Name of a device within that of a sysctl: a dot, as of a VLAN interface, is written as a slash (sysctl.d(5)). */
export function inSysctl(device: string): string {
  return device.replaceAll(".", "/");
}

/** The device that `net.ipv4.conf.NAME.…` or `net.ipv6.neigh.NAME.…` is about. */
export function sysctlDevice(path: string): string | undefined {
  return /^net\.ipv[46]\.(?:conf|neigh)\.([^.]+)\./.exec(path)?.[1]?.replaceAll("/", ".");
}
