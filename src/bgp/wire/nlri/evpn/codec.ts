// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../../../base/bytes/writer.ts";
import type { OctetRange } from "../octet-range.ts";

/** One row of the table of EVPN route types. The type and length octets are read and written around it. */
export interface EvpnRouteCodec<R> {
  /** IANA "EVPN Route Types". */
  readonly type: number;
  /** What is wrong with the value of `length` octets at `at`, so that `decode` and `keyRange` cannot fail on a sound one. Allocates nothing then. */
  check(b: Uint8Array, at: number, length: number): string | undefined;
  /** Decodes the sound value of `length` octets at `at`. Reads by offset: a cursor and its views cost more than the rest. */
  decode(b: Uint8Array, at: number, length: number): R;
  encode(route: R, w: Writer): void;
  /** Octets of `b` that tell the route from others, of the sound value of `length` octets at `at` — RFC 7432 §7. */
  keyRange(b: Uint8Array, at: number, length: number): readonly OctetRange[];
  /** As FRR prints it, without the RD. */
  format(route: R): string;
}
