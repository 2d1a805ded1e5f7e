// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../../base/net/mac.ts";
import { NLA_F_NESTED } from "../../wire/attribute.ts";
import { mac, text, u32 } from "../../wire/attribute-codec.ts";
import type { MessageWriter } from "../../wire/message-writer.ts";

/** A virtual cable; `ip link add A type veth peer name B`. The kernel does not say the peer in dumps: see `Link.linkIfindex`. */
export interface VethKind {
  readonly kind: "veth";
  /** The other end, when making one. */
  readonly peer?: VethPeer;
}

export interface VethPeer {
  readonly name?: string;
  /** Path of the namespace to make it in, `/run/netns/x`; absent: beside this end. */
  readonly namespace?: string;
  readonly address?: Mac;
  readonly mtu?: number;
}

const VETH_INFO_PEER = 1;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_NET_NS_FD = 28;

/** VETH_INFO_PEER holds a whole `struct ifinfomsg` and its attributes. */
export function encodeVeth(w: MessageWriter, kind: VethKind, fdOf: (namespace: string) => number): void {
  const peer = kind.peer;
  if (!peer) return;
  const at = w.beginNested(VETH_INFO_PEER | NLA_F_NESTED);
  w.zeros(16); // the kernel cannot bring it up before both ends are there (ENOTCONN), so there are no flags to give
  if (peer.name !== undefined) text.write(w, IFLA_IFNAME, peer.name);
  if (peer.address !== undefined) mac.write(w, IFLA_ADDRESS, peer.address);
  if (peer.mtu !== undefined) u32.write(w, IFLA_MTU, peer.mtu);
  if (peer.namespace !== undefined) u32.write(w, IFLA_NET_NS_FD, fdOf(peer.namespace));
  w.endNested(at);
}
