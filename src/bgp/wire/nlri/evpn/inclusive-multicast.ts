// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../../../base/bytes/writer.ts";
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../../../../base/net/ip.ts";
import { type Rd, rdFromBytes, rdToBytes } from "../../../../base/net/rd.ts";
import type { OctetRange } from "../octet-range.ts";
import { u32At } from "../octets-at.ts";
import type { EvpnRouteCodec } from "./codec.ts";

/**
 * EVPN route type 3, inclusive multicast Ethernet tag — RFC 7432 §7.3.
 *
 *   RD 8 | tag 4 | IP bits 1 | originating router's IP 4/16
 */
export interface InclusiveMulticastRoute {
  readonly kind: "inclusive-multicast";
  readonly rd: Rd;
  readonly tag: number;
  readonly originator: Ip;
  /** RFC 7911. */
  readonly pathId?: number;
}

export const inclusiveMulticastRoute: EvpnRouteCodec<InclusiveMulticastRoute> = {
  type: 3,
  check(b: Uint8Array, at: number, length: number): string | undefined {
    if (length < 13) return `length ${length}, must be 17 or 29`;
    const bits = b[at + 12]!;
    if (bits !== 32 && bits !== 128) return `IP length ${bits} bits, must be 32 or 128`;
    return length === 13 + bits / 8 ? undefined : `length ${length} with an IP of ${bits} bits, must be ${13 + bits / 8}`;
  },
  decode(b: Uint8Array, at: number): InclusiveMulticastRoute {
    return {
      kind: "inclusive-multicast",
      rd: rdFromBytes(b, at),
      tag: u32At(b, at + 8),
      originator: ipFromBytes(b, at + 13, b[at + 12]! / 8),
    };
  },
  encode(route: InclusiveMulticastRoute, w: Writer): void {
    const ip = ipToBytes(route.originator);
    w.put(rdToBytes(route.rd))
      .u32(route.tag)
      .u8(ip.length * 8)
      .put(ip);
  },
  /** RFC 7432 §7.3: all of it. */
  keyRange(_b, at, length): readonly OctetRange[] {
    return [[at, at + length]];
  },
  format(route: InclusiveMulticastRoute): string {
    return `[3]:[${route.tag}]:[${isIp4(route.originator) ? 32 : 128}]:[${route.originator}]`;
  },
};
