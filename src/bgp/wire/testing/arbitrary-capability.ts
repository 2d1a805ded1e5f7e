// SPDX-License-Identifier: Apache-2.0
/** Arbitrary capabilities of every kind, for property tests. */
import fc from "fast-check";
import type { Capability } from "../capability/capability.ts";
import { familyOf } from "../family.ts";
import { record, u16, u24, u32, u8 } from "./arbitrary-nlri.ts";

const family = fc.tuple(u16, u8).map(([afi, safi]) => familyOf(afi, safi));
const name = fc.string({ maxLength: 40 });
/** Flags without meaning: left out when zero, as decoders do. */
const otherFlags = (most: number): fc.Arbitrary<{ otherFlags?: number }> =>
  fc.integer({ min: 0, max: most }).map((flags) => (flags === 0 ? {} : { otherFlags: flags }));
const withFlags = <T extends object>(value: fc.Arbitrary<T>, most: number): fc.Arbitrary<T & { otherFlags?: number }> =>
  fc.tuple(value, otherFlags(most)).map(([v, flags]) => ({ ...v, ...flags }));

export const capability: fc.Arbitrary<Capability> = fc.oneof<fc.Arbitrary<Capability>[]>(
  record({ kind: fc.constant("multiprotocol" as const), family }),
  record({ kind: fc.constant("multiprotocol" as const), family, reserved: fc.integer({ min: 1, max: 255 }) }),
  fc.constantFrom({ kind: "route-refresh" }, { kind: "enhanced-route-refresh" }, { kind: "extended-message" }),
  record({ kind: fc.constant("four-octet-as" as const), asn: u32 }),
  record({ kind: fc.constant("role" as const), role: u8 }),
  record({ kind: fc.constant("fqdn" as const), host: name, domain: name }),
  record({
    kind: fc.constant("extended-next-hop" as const),
    rows: fc.array(record({ afi: u16, safi: u16, nextHopAfi: u16 }), { maxLength: 4 }),
  }),
  record({ kind: fc.constant("add-path" as const), families: fc.array(record({ family, mode: u8 }), { maxLength: 4 }) }),
  withFlags(
    record({
      kind: fc.constant("graceful-restart" as const),
      restarted: fc.boolean(),
      notification: fc.boolean(),
      restartTime: fc.integer({ min: 0, max: 4095 }),
      families: fc.array(withFlags(record({ family, forwarding: fc.boolean() }), 0x7f), { maxLength: 4 }),
    }),
    3,
  ),
  record({
    kind: fc.constant("long-lived-graceful-restart" as const),
    families: fc.array(withFlags(record({ family, forwarding: fc.boolean(), staleTime: u24 }), 0x7f), { maxLength: 4 }),
  }),
  record({
    kind: fc.constant("opaque-capability" as const),
    code: fc.constantFrom(0, 3, 67, 128, 255),
    value: fc.uint8Array({ maxLength: 30 }),
  }),
);
