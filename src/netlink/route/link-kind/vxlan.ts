// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../../base/net/ip.ts";
import type { RawAttribute } from "../../wire/attribute.ts";
import { type AttributeCodec, type OptionRow, be16, bool8, flag, ip, rowsByAttribute, u32, u8 } from "../../wire/attribute-codec.ts";
import type { MessageWriter } from "../../wire/message-writer.ts";
import { be16At } from "../../wire/scalar.ts";

/** A VXLAN device; `ip link add … type vxlan …`. Absent options take the kernel's default (port 8472!) or stay as they are. */
export interface VxlanKind {
  readonly kind: "vxlan";
  readonly id?: number;
  /** Address of this VTEP. */
  readonly local?: Ip;
  /** Multicast group or single default remote. */
  readonly group?: Ip;
  /** ifindex of the underlay device, `dev`. */
  readonly device?: number;
  readonly ttl?: number;
  readonly ttlInherit?: boolean;
  /** 1: inherit. */
  readonly tos?: number;
  readonly learning?: boolean;
  /** Seconds. */
  readonly ageing?: number;
  /** Most entries of its table, 0: no limit. */
  readonly limit?: number;
  /** UDP source ports. */
  readonly portRange?: PortRange;
  readonly proxy?: boolean;
  readonly routeShortCircuit?: boolean;
  readonly l2miss?: boolean;
  readonly l3miss?: boolean;
  /** UDP destination port. */
  readonly port?: number;
  readonly udpChecksum?: boolean;
  readonly udpZeroChecksum6Tx?: boolean;
  readonly udpZeroChecksum6Rx?: boolean;
  /** Carries the packet mark's low 16 bits as group (Group Based Policy): all devices of a UDP port must agree. */
  readonly gbp?: boolean;
  /** `external` */
  readonly collectMetadata?: boolean;
  readonly gpe?: boolean;
  /** 0 unset, 1 set, 2 inherit. */
  readonly df?: number;
  readonly vniFilter?: boolean;
  readonly localBypass?: boolean;
  readonly unknown?: readonly RawAttribute[];
}

export interface PortRange {
  readonly low: number;
  readonly high: number;
}

const portRange: AttributeCodec<PortRange> = {
  read(a) {
    const at = a.need(4);
    return { low: be16At(a.bytes, at), high: be16At(a.bytes, at + 2) };
  },
  write: (w, type, v) => void w.attribute(type, Uint8Array.of(v.low >>> 8, v.low, v.high >>> 8, v.high)),
};

/** A flag in requests, one octet in dumps. */
const flagOrOctet: AttributeCodec<boolean> = {
  read: (a) => a.end === a.start || a.bytes[a.start] !== 0,
  write: (w, type, value) => flag.write(w, type, value),
};

type Options = Omit<VxlanKind, "kind" | "unknown">;
type PlainOptions = Omit<Options, "local" | "group">;

/** IFLA_VXLAN_* of linux/if_link.h, without the addresses. */
const plainRows: readonly OptionRow<PlainOptions>[] = [
  { field: "id", attribute: 1, codec: u32 },
  { field: "device", attribute: 3, codec: u32 },
  { field: "ttl", attribute: 5, codec: u8 },
  { field: "tos", attribute: 6, codec: u8 },
  { field: "learning", attribute: 7, codec: bool8 },
  { field: "ageing", attribute: 8, codec: u32 },
  { field: "limit", attribute: 9, codec: u32 },
  { field: "portRange", attribute: 10, codec: portRange },
  { field: "proxy", attribute: 11, codec: bool8 },
  { field: "routeShortCircuit", attribute: 12, codec: bool8 },
  { field: "l2miss", attribute: 13, codec: bool8 },
  { field: "l3miss", attribute: 14, codec: bool8 },
  { field: "port", attribute: 15, codec: be16 },
  { field: "udpChecksum", attribute: 18, codec: bool8 },
  { field: "udpZeroChecksum6Tx", attribute: 19, codec: bool8 },
  { field: "udpZeroChecksum6Rx", attribute: 20, codec: bool8 },
  { field: "gbp", attribute: 23, codec: flag },
  { field: "collectMetadata", attribute: 25, codec: bool8 },
  { field: "gpe", attribute: 27, codec: flag },
  { field: "ttlInherit", attribute: 28, codec: flagOrOctet },
  { field: "df", attribute: 29, codec: u8 },
  { field: "vniFilter", attribute: 30, codec: bool8 },
  { field: "localBypass", attribute: 31, codec: bool8 },
];

const IFLA_VXLAN_GROUP = 2;
const IFLA_VXLAN_LOCAL = 4;
const IFLA_VXLAN_GROUP6 = 16;
const IFLA_VXLAN_LOCAL6 = 17;

export const vxlanRows: readonly OptionRow<Options>[] = plainRows;

/** Each address has two numbers, by family. */
export const vxlanRowsByAttribute: ReadonlyMap<number, OptionRow<Options>> = new Map([
  ...rowsByAttribute<Options>(vxlanRows),
  [IFLA_VXLAN_GROUP, { field: "group", attribute: IFLA_VXLAN_GROUP, codec: ip }],
  [IFLA_VXLAN_GROUP6, { field: "group", attribute: IFLA_VXLAN_GROUP6, codec: ip }],
  [IFLA_VXLAN_LOCAL, { field: "local", attribute: IFLA_VXLAN_LOCAL, codec: ip }],
  [IFLA_VXLAN_LOCAL6, { field: "local", attribute: IFLA_VXLAN_LOCAL6, codec: ip }],
]);

export function writeVxlanAddresses(w: MessageWriter, v: VxlanKind): void {
  if (v.group !== undefined) ip.write(w, isIp4(v.group) ? IFLA_VXLAN_GROUP : IFLA_VXLAN_GROUP6, v.group);
  if (v.local !== undefined) ip.write(w, isIp4(v.local) ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, v.local);
}
