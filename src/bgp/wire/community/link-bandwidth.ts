// SPDX-License-Identifier: Apache-2.0
import type { ExtendedCommunityCodec } from "./codec.ts";
/**
 * Link bandwidth — draft-ietf-idr-link-bandwidth.
 *
 *   0x40 (0x00 when transitive) | 0x04 | AS 2 | IEEE 754 octets per second 4
 */
export interface LinkBandwidthCommunity {
  readonly kind: "link-bandwidth";
  readonly asn: number;
  /** Never NaN: such a community is carried unread. */
  readonly octetsPerSecond: number;
  readonly transitive: boolean;
}

const linkBandwidthSubtype = 0x04;

export const linkBandwidth: ExtendedCommunityCodec<LinkBandwidthCommunity> = {
  codes: [0x0004, 0x4004],
  /** undefined for a NaN, whose bits a JavaScript number does not keep. */
  decode(b: Uint8Array, at: number): LinkBandwidthCommunity | undefined {
    const v = new DataView(b.buffer, b.byteOffset + at, 8);
    const octetsPerSecond = v.getFloat32(4);
    if (Number.isNaN(octetsPerSecond)) return undefined;
    return { kind: "link-bandwidth", asn: v.getUint16(2), octetsPerSecond, transitive: v.getUint8(0) === 0 };
  },
  encode(c: LinkBandwidthCommunity): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(8);
    const v = new DataView(out.buffer);
    v.setUint8(0, c.transitive ? 0x00 : 0x40);
    v.setUint8(1, linkBandwidthSubtype);
    v.setUint16(2, c.asn);
    v.setFloat32(4, c.octetsPerSecond);
    return out;
  },
  format(c: LinkBandwidthCommunity): string {
    return `LB:${c.asn}:${c.octetsPerSecond}`;
  },
};
