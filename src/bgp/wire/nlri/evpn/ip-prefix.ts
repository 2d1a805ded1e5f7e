// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../../../base/bytes/writer.ts";
import { type Ip, ipFromBytes, ipToBytes } from "../../../../base/net/ip.ts";
import type { Prefix } from "../../../../base/net/prefix.ts";
import { type Rd, rdFromBytes, rdToBytes } from "../../../../base/net/rd.ts";
import type { OctetRange } from "../octet-range.ts";
import { u24At, u32At } from "../octets-at.ts";
import type { EvpnRouteCodec } from "./codec.ts";
import { type Esi, esiFromBytes, esiToBytes } from "./esi.ts";
import type { LabelField } from "../label.ts";

/**
 * EVPN route type 5, IP prefix — RFC 9136 §3.1. The prefix and the gateway are of one address family, told by the length.
 *
 *   RD 8 | ESI 10 | tag 4 | prefix bits 1 | prefix 4/16 | gateway 4/16 | label 3
 */
export interface IpPrefixRoute {
  readonly kind: "ip-prefix";
  readonly rd: Rd;
  readonly esi: Esi;
  readonly tag: number;
  /** As sent: host bits, which should be zero, are kept. */
  readonly prefix: Prefix;
  /** `0.0.0.0` or `::` when there is none. */
  readonly gateway: Ip;
  readonly label: LabelField;
  /** RFC 7911. */
  readonly pathId?: number;
}

export const ipPrefixRoute: EvpnRouteCodec<IpPrefixRoute> = {
  type: 5,
  check(b: Uint8Array, at: number, length: number): string | undefined {
    if (length !== 34 && length !== 58) return `length ${length}, must be 34 or 58`;
    const most = length === 34 ? 32 : 128;
    return b[at + 22]! <= most ? undefined : `prefix length ${b[at + 22]}, must be at most ${most}`;
  },
  decode(b: Uint8Array, at: number, length: number): IpPrefixRoute {
    const octets = length === 34 ? 4 : 16;
    return {
      kind: "ip-prefix",
      rd: rdFromBytes(b, at),
      esi: esiFromBytes(b, at + 8),
      tag: u32At(b, at + 18),
      prefix: { ip: ipFromBytes(b, at + 23, octets), length: b[at + 22]! },
      gateway: ipFromBytes(b, at + 23 + octets, octets),
      label: u24At(b, at + 23 + octets * 2),
    };
  },
  encode(route: IpPrefixRoute, w: Writer): void {
    w.put(rdToBytes(route.rd)).put(esiToBytes(route.esi)).u32(route.tag).u8(route.prefix.length);
    w.put(ipToBytes(route.prefix.ip)).put(ipToBytes(route.gateway)).u24(route.label);
  },
  /** RFC 9136 §3.1: RD, tag, prefix length and prefix; not the ESI, the gateway or the label. */
  keyRange(_b, at, length): readonly OctetRange[] {
    return [
      [at, at + 8],
      [at + 18, at + 23 + (length === 34 ? 4 : 16)],
    ];
  },
  format(route: IpPrefixRoute): string {
    return `[5]:[${route.tag}]:[${route.prefix.length}]:[${route.prefix.ip}]`;
  },
};
