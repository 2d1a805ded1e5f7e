// SPDX-License-Identifier: Apache-2.0

/** Something that mends a finding, as a value: shown as the command that does it, or done. `namespace`: its name; undefined: the host's. */
export type Remedy =
  | { readonly kind: "sysctl"; readonly namespace: string | undefined; readonly name: string; readonly value: string }
  | { readonly kind: "tx-checksum-off"; readonly device: string }
  | { readonly kind: "vxlan-tos"; readonly namespace: string | undefined; readonly device: string; readonly tos: number }
  | { readonly kind: "load-module"; readonly module: string };

/** The command line that does the same. */
export function commandOf(r: Remedy): string {
  switch (r.kind) {
    case "sysctl":
      return `${within(r.namespace)}sysctl -w ${r.name}=${quoted(r.value)}`;
    case "tx-checksum-off":
      return `ethtool -K ${r.device} tx off`;
    case "vxlan-tos":
      return `${within(r.namespace)}ip link set ${r.device} type vxlan tos ${r.tos}`;
    default:
      return `modprobe ${r.module}`;
  }
}

function within(namespace: string | undefined): string {
  return namespace === undefined ? "" : `ip netns exec ${namespace} `;
}

function quoted(value: string): string {
  return /\s/.test(value) ? `"${value}"` : value;
}
