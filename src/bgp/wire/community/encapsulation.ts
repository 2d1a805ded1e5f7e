// SPDX-License-Identifier: Apache-2.0
import type { ExtendedCommunityCodec } from "./codec.ts";
/**
 * Encapsulation — RFC 9012 §4.1.
 *
 *   0x03 | 0x0c | reserved 4 | tunnel type 2
 */
export interface EncapsulationCommunity {
  readonly kind: "encapsulation";
  readonly tunnelType: number;
  /** Zero from a well-behaved sender. */
  readonly reserved: number;
}

/** IANA "BGP Tunnel Encapsulation Attribute Tunnel Types", the ones of EVPN (RFC 8365 §11). */
export const tunnelTypeNames: Readonly<Record<number, string>> = {
  1: "l2tpv3-over-ip",
  2: "gre",
  7: "ip-in-ip",
  8: "vxlan",
  9: "nvgre",
  10: "mpls",
  11: "mpls-in-gre",
  12: "vxlan-gpe",
  13: "mpls-in-udp",
  19: "geneve",
};
export const vxlanTunnelType = 8;

export const encapsulation: ExtendedCommunityCodec<EncapsulationCommunity> = {
  codes: [0x030c],
  decode(b: Uint8Array, at: number): EncapsulationCommunity {
    const v = new DataView(b.buffer, b.byteOffset + at, 8);
    return { kind: "encapsulation", tunnelType: v.getUint16(6), reserved: v.getUint32(2) };
  },
  encode(c: EncapsulationCommunity): Uint8Array<ArrayBuffer> {
    const out = Uint8Array.of(0x03, 0x0c, 0, 0, 0, 0, 0, 0);
    const v = new DataView(out.buffer);
    v.setUint32(2, c.reserved);
    v.setUint16(6, c.tunnelType);
    return out;
  },
  format(c: EncapsulationCommunity): string {
    return `ET:${tunnelTypeNames[c.tunnelType] ?? c.tunnelType}`;
  },
};
