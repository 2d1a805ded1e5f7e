// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../../../base/bytes/writer.ts";
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../../../../base/net/ip.ts";
import { type Rd, rdFromBytes, rdToBytes } from "../../../../base/net/rd.ts";
import type { OctetRange } from "../octet-range.ts";
import type { EvpnRouteCodec } from "./codec.ts";
import { type Esi, esiFromBytes, esiToBytes } from "./esi.ts";

/**
 * EVPN route type 4, Ethernet segment — RFC 7432 §7.4.
 *
 *   RD 8 | ESI 10 | IP bits 1 | originating router's IP 4/16
 */
export interface EthernetSegmentRoute {
  readonly kind: "ethernet-segment";
  readonly rd: Rd;
  readonly esi: Esi;
  readonly originator: Ip;
  /** RFC 7911. */
  readonly pathId?: number;
}

export const ethernetSegmentRoute: EvpnRouteCodec<EthernetSegmentRoute> = {
  type: 4,
  check(b: Uint8Array, at: number, length: number): string | undefined {
    if (length < 19) return `length ${length}, must be 23 or 35`;
    const bits = b[at + 18]!;
    if (bits !== 32 && bits !== 128) return `IP length ${bits} bits, must be 32 or 128`;
    return length === 19 + bits / 8 ? undefined : `length ${length} with an IP of ${bits} bits, must be ${19 + bits / 8}`;
  },
  decode(b: Uint8Array, at: number): EthernetSegmentRoute {
    return {
      kind: "ethernet-segment",
      rd: rdFromBytes(b, at),
      esi: esiFromBytes(b, at + 8),
      originator: ipFromBytes(b, at + 19, b[at + 18]! / 8),
    };
  },
  encode(route: EthernetSegmentRoute, w: Writer): void {
    const ip = ipToBytes(route.originator);
    w.put(rdToBytes(route.rd))
      .put(esiToBytes(route.esi))
      .u8(ip.length * 8)
      .put(ip);
  },
  /** RFC 7432 §7.4: all of it. */
  keyRange(_b, at, length): readonly OctetRange[] {
    return [[at, at + length]];
  },
  format(route: EthernetSegmentRoute): string {
    return `[4]:[${route.esi}]:[${isIp4(route.originator) ? 32 : 128}]:[${route.originator}]`;
  },
};
