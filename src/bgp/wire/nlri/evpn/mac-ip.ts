// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../../../base/bytes/writer.ts";
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../../../../base/net/ip.ts";
import { type Mac, macFromBytes, macToBytes } from "../../../../base/net/mac.ts";
import { type Rd, rdFromBytes, rdToBytes } from "../../../../base/net/rd.ts";
import type { OctetRange } from "../octet-range.ts";
import { u24At, u32At } from "../octets-at.ts";
import type { EvpnRouteCodec } from "./codec.ts";
import { type Esi, esiFromBytes, esiToBytes } from "./esi.ts";
import type { LabelField } from "../label.ts";

/**
 * EVPN route type 2, MAC/IP advertisement — RFC 7432 §7.2.
 *
 *   RD 8 | ESI 10 | tag 4 | MAC bits 1 | MAC 6 | IP bits 1 | IP 0/4/16 | label 3 | label 0/3
 */
export interface MacIpRoute {
  readonly kind: "mac-ip";
  readonly rd: Rd;
  readonly esi: Esi;
  readonly tag: number;
  readonly mac: Mac;
  readonly ip: Ip | undefined;
  /** Of the MAC-VRF: the L2 VNI with VXLAN. */
  readonly label: LabelField;
  /** Of the IP-VRF: the L3 VNI with VXLAN — RFC 9135 §5.1. */
  readonly label2?: LabelField;
  /** RFC 7911. */
  readonly pathId?: number;
}

export const macIpRoute: EvpnRouteCodec<MacIpRoute> = {
  type: 2,
  check(b: Uint8Array, at: number, length: number): string | undefined {
    if (length < 33) return `length ${length}, must be at least 33`;
    if (b[at + 22] !== 48) return `MAC length ${b[at + 22]} bits, must be 48`;
    const bits = b[at + 29]!;
    if (bits !== 0 && bits !== 32 && bits !== 128) return `IP length ${bits} bits, must be 0, 32 or 128`;
    const one = 33 + bits / 8;
    return length === one || length === one + 3 ? undefined : `length ${length} with an IP of ${bits} bits, must be ${one} or ${one + 3}`;
  },
  decode(b: Uint8Array, at: number, length: number): MacIpRoute {
    const octets = b[at + 29]! / 8;
    const labels = at + 30 + octets;
    const route: MacIpRoute = {
      kind: "mac-ip",
      rd: rdFromBytes(b, at),
      esi: esiFromBytes(b, at + 8),
      tag: u32At(b, at + 18),
      mac: macFromBytes(b, at + 23),
      ip: octets === 0 ? undefined : ipFromBytes(b, at + 30, octets),
      label: u24At(b, labels),
    };
    return length === 33 + octets ? route : { ...route, label2: u24At(b, labels + 3) };
  },
  encode(route: MacIpRoute, w: Writer): void {
    w.put(rdToBytes(route.rd)).put(esiToBytes(route.esi)).u32(route.tag).u8(48).put(macToBytes(route.mac));
    if (route.ip === undefined) w.u8(0);
    else w.u8(isIp4(route.ip) ? 32 : 128).put(ipToBytes(route.ip));
    w.u24(route.label);
    if (route.label2 !== undefined) w.u24(route.label2);
  },
  /** RFC 7432 §7.2: RD, tag, MAC and IP with their lengths; the ESI and the labels are not part of the key. */
  keyRange(b, at): readonly OctetRange[] {
    return [
      [at, at + 8],
      [at + 18, at + 30 + b[at + 29]! / 8],
    ];
  },
  format(route: MacIpRoute): string {
    const mac = `[2]:[${route.tag}]:[48]:[${route.mac}]`;
    return route.ip === undefined ? mac : `${mac}:[${isIp4(route.ip) ? 32 : 128}]:[${route.ip}]`;
  },
};
