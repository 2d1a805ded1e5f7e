// SPDX-License-Identifier: Apache-2.0
import type { RawAttribute } from "../../wire/attribute.ts";
import { type OptionRow, be16, bool8, mac, rowsByAttribute, u16, u32, u8 } from "../../wire/attribute-codec.ts";
import type { Mac } from "../../../base/net/mac.ts";

/** A Linux bridge; `ip link add … type bridge …`. Absent options stay as the kernel has them. */
export interface BridgeKind {
  readonly kind: "bridge";
  /** In 1/100 s, as all times here. */
  readonly forwardDelay?: number;
  readonly helloTime?: number;
  readonly maxAge?: number;
  readonly ageingTime?: number;
  /** 0 off, 1 kernel, 2 user space. */
  readonly stpState?: number;
  readonly priority?: number;
  readonly vlanFiltering?: boolean;
  /** Ethertype: 0x8100 or 0x88a8. */
  readonly vlanProtocol?: number;
  readonly vlanDefaultPvid?: number;
  readonly groupForwardMask?: number;
  readonly groupAddress?: Mac;
  readonly multicastSnooping?: boolean;
  readonly multicastQuerier?: boolean;
  readonly multicastRouter?: number;
  /** `nf_call_iptables`: bridged IPv4 goes through the inet hooks, whatever the namespace's sysctl says. */
  readonly nfCallIptables?: boolean;
  readonly nfCallIp6tables?: boolean;
  readonly nfCallArptables?: boolean;
  /** Most MACs that may be learned, 0: no limit (kernels from 6.7). */
  readonly fdbMaxLearned?: number;
  readonly unknown?: readonly RawAttribute[];
}

/** IFLA_BR_* of linux/if_link.h. */
export const bridgeRows: readonly OptionRow<Omit<BridgeKind, "kind" | "unknown">>[] = [
  { field: "forwardDelay", attribute: 1, codec: u32 },
  { field: "helloTime", attribute: 2, codec: u32 },
  { field: "maxAge", attribute: 3, codec: u32 },
  { field: "ageingTime", attribute: 4, codec: u32 },
  { field: "stpState", attribute: 5, codec: u32 },
  { field: "priority", attribute: 6, codec: u16 },
  { field: "vlanFiltering", attribute: 7, codec: bool8 },
  { field: "vlanProtocol", attribute: 8, codec: be16 },
  { field: "groupForwardMask", attribute: 9, codec: u16 },
  { field: "groupAddress", attribute: 20, codec: mac },
  { field: "multicastRouter", attribute: 22, codec: u8 },
  { field: "multicastSnooping", attribute: 23, codec: bool8 },
  { field: "multicastQuerier", attribute: 25, codec: bool8 },
  { field: "nfCallIptables", attribute: 36, codec: bool8 },
  { field: "nfCallIp6tables", attribute: 37, codec: bool8 },
  { field: "nfCallArptables", attribute: 38, codec: bool8 },
  { field: "vlanDefaultPvid", attribute: 39, codec: u16 },
  { field: "fdbMaxLearned", attribute: 49, codec: u32 },
];

export const bridgeRowsByAttribute = rowsByAttribute(bridgeRows);

/** State of the spanning tree, running timers and counts: changes on its own, so it is no part of the value. */
export const bridgeVolatile: ReadonlySet<number> = new Set([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 40, 47, 48]);
