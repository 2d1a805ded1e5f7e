// SPDX-License-Identifier: Apache-2.0
import type { DeviceFacts, NamespaceFacts } from "./facts.ts";

/** Octets of the largest packet in the network of a VXLAN device. One of the agent's below a bridge is wider: it tells senders what fits, and the bridge has the MTU. */
export function networkMtu(vxlan: DeviceFacts, { devices }: NamespaceFacts): number {
  const bridge = vxlan.own ? devices.find((d) => d.name === vxlan.master) : undefined;
  return bridge?.mtu ?? vxlan.mtu;
}
