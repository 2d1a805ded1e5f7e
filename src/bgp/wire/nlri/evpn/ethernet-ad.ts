// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../../../base/bytes/writer.ts";
import { type Rd, rdFromBytes, rdToBytes } from "../../../../base/net/rd.ts";
import type { OctetRange } from "../octet-range.ts";
import { u24At, u32At } from "../octets-at.ts";
import type { EvpnRouteCodec } from "./codec.ts";
import { type Esi, esiFromBytes, esiToBytes } from "./esi.ts";
import type { LabelField } from "../label.ts";

/**
 * EVPN route type 1, Ethernet auto-discovery — RFC 7432 §7.1.
 *
 *   RD 8 | ESI 10 | tag 4 | label 3
 */
export interface EthernetAdRoute {
  readonly kind: "ethernet-ad";
  readonly rd: Rd;
  readonly esi: Esi;
  readonly tag: number;
  readonly label: LabelField;
  /** RFC 7911. */
  readonly pathId?: number;
}

export const ethernetAdRoute: EvpnRouteCodec<EthernetAdRoute> = {
  type: 1,
  check(_value: Uint8Array, _at: number, length: number): string | undefined {
    return length === 25 ? undefined : `length ${length}, must be 25`;
  },
  decode(b: Uint8Array, at: number): EthernetAdRoute {
    return {
      kind: "ethernet-ad",
      rd: rdFromBytes(b, at),
      esi: esiFromBytes(b, at + 8),
      tag: u32At(b, at + 18),
      label: u24At(b, at + 22),
    };
  },
  encode(route: EthernetAdRoute, w: Writer): void {
    w.put(rdToBytes(route.rd)).put(esiToBytes(route.esi)).u32(route.tag).u24(route.label);
  },
  /** "The MPLS label … is not part of the route's key": all but the last three octets. */
  keyRange(_b, at, length): readonly OctetRange[] {
    return [[at, at + length - 3]];
  },
  format(route: EthernetAdRoute): string {
    return `[1]:[${route.tag}]:[${route.esi}]`;
  },
};
