// SPDX-License-Identifier: Apache-2.0
/** For every kind of object: what is written is read back the same, and whatever bytes come, they are a value or a typed error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import { type Mac, macFromBytes } from "../../base/net/mac.ts";
import { maskIp } from "../../base/net/prefix.ts";
import { NetlinkDecodeError } from "../errors.ts";
import { type Message, messagesOf } from "../wire/message.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import { type Address, encodeAddress } from "./address.ts";
import { decodeEvent } from "./event.ts";
import { type FdbEntry, encodeFdbEntry } from "./fdb.ts";
import { type Link, operstates } from "./link.ts";
import { encodeLink } from "./link-codec.ts";
import type { LinkKind } from "./link-kind/link-kind.ts";
import { type Neighbour, encodeNeighbour } from "./neighbour.ts";
import { type Nexthop, encodeNexthop } from "./nexthop.ts";
import type { NetlinkEvent } from "./request.ts";
import { type Route, type RouteHop, routeTypes } from "./route.ts";
import { encodeRoute } from "./route-codec.ts";
import { type Rule, encodeRule } from "./rule.ts";

const octets = (n: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: n, maxLength: n });
const ip4 = octets(4).map((b) => ipFromBytes(b));
const ip6 = octets(16).map((b) => ipFromBytes(b));
const ip: fc.Arbitrary<Ip> = fc.oneof(ip4, ip6);
const mac: fc.Arbitrary<Mac> = octets(6).map((b) => macFromBytes(b));
const u8 = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 65535 });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const positive = fc.integer({ min: 1, max: 0x7fff_ffff });
const name = fc.stringMatching(/^[a-z0-9@._-]{1,15}$/);

/** A record in which the keys after the comma may be missing altogether. */
function record<T>(
  required: { [K in keyof T]?: fc.Arbitrary<NonNullable<T[K]>> },
  optional: { [K in keyof T]?: fc.Arbitrary<NonNullable<T[K]>> },
): fc.Arbitrary<T> {
  const fields: Record<string, fc.Arbitrary<unknown>> = { ...required, ...optional };
  return fc.record(fields, { requiredKeys: Object.keys(required) }) as fc.Arbitrary<unknown> as fc.Arbitrary<T>;
}

/** Encodes as a message of `type`, decodes it, and gives back the value. */
function roundTrip(type: number, encode: (w: MessageWriter) => void): NetlinkEvent | undefined {
  const w = new MessageWriter();
  w.beginMessage(type, 0, 1);
  encode(w);
  w.endMessage();
  const [m] = [...messagesOf(w.view())];
  return decodeEvent(m!);
}

/** fast-check makes objects without a prototype. */
const plain = <T>(value: T): T => structuredClone(value);

function checkRoundTrip<T>(
  object: NetlinkEvent["object"],
  type: number,
  values: fc.Arbitrary<T>,
  encode: (w: MessageWriter, value: T) => void,
): void {
  fc.assert(
    fc.property(values, (value) => {
      const event = roundTrip(type, (w) => encode(w, value));
      assert.deepEqual(plain(event), plain({ object, change: "new", value }));
    }),
  );
}

test("FDB entries", () => {
  const entry = record<FdbEntry>(
    { ifindex: positive, mac, state: u16, flags: u8.map((f) => f | 2) },
    { vlan: u16, dst: ip, port: u16, vni: u32, srcVni: u32, viaIfindex: u32, nexthopId: u32, master: u32, flagsExt: positive },
  );
  checkRoundTrip("fdb", 28, entry, encodeFdbEntry);
});

test("neighbours", () => {
  const value = record<Neighbour>({ ifindex: positive, ip, state: u16, flags: u8 }, { mac, protocol: u8, flagsExt: u32 });
  checkRoundTrip("neighbour", 28, value, encodeNeighbour);
});

test("addresses", () => {
  const value = record<Address>(
    { ifindex: positive, ip, prefixLength: u8, scope: u8, flags: u32 },
    { broadcast: ip, label: name, protocol: u8, peer: ip },
  );
  // A peer equal to the address itself is no peer.
  checkRoundTrip(
    "address",
    20,
    value.filter((a) => a.peer !== a.ip),
    encodeAddress,
  );
});

const hop = (gateway: fc.Arbitrary<Ip>): fc.Arbitrary<RouteHop> =>
  record<RouteHop>({ weight: fc.integer({ min: 1, max: 256 }), flags: u8, ifindex: positive }, { gateway });

test("routes, with hops of either family", () => {
  const value = fc.boolean().chain((six) => {
    const own = six ? ip6 : ip4;
    const prefix = fc
      .tuple(own, fc.integer({ min: 1, max: six ? 128 : 32 }))
      .map(([address, length]) => ({ ip: maskIp(address, length), length }));
    return record<Route>(
      {
        destination: prefix,
        table: u32,
        type: fc.constantFrom(...routeTypes),
        protocol: u8,
        scope: u8,
        tos: u8,
        hops: fc.array(hop(ip), { maxLength: 4 }),
      },
      { priority: u32, source: prefix, preferredSource: own, nexthopId: u32 },
    );
  });
  checkRoundTrip("route", 24, value, encodeRoute);
});

test("rules", () => {
  const prefix = fc.tuple(ip, u8).map(([address, length]) => ({ ip: address, length }));
  const value = record<Rule>(
    {
      family: fc.constantFrom(2, 10),
      priority: u32,
      action: fc.constantFrom("lookup", "goto", "nop", "blackhole", "unreachable", "prohibit"),
      table: u32,
      tos: u8,
      invert: fc.boolean(),
    },
    {
      source: prefix,
      destination: prefix,
      inputInterface: name,
      outputInterface: name,
      mark: u32,
      markMask: u32,
      l3mdev: fc.constant(true),
      ipProtocol: u8,
      suppressPrefixLength: u16,
      protocol: u8,
    },
  );
  checkRoundTrip("rule", 32, value, encodeRule);
});

test("nexthops and groups", () => {
  const member = fc.record({ id: u32, weight: fc.integer({ min: 1, max: 256 }) });
  const value = record<Nexthop>(
    { id: u32, protocol: u8, scope: u8, flags: fc.constantFrom(0, 4) },
    {
      gateway: ip,
      ifindex: positive,
      blackhole: fc.constant(true),
      group: fc.array(member, { minLength: 1, maxLength: 8 }),
      fdb: fc.constant(true),
    },
  );
  checkRoundTrip("nexthop", 104, value, encodeNexthop);
});

const kinds: fc.Arbitrary<LinkKind> = fc.oneof(
  record<LinkKind & { kind: "bridge" }>(
    { kind: fc.constant("bridge") },
    {
      ageingTime: u32,
      vlanFiltering: fc.boolean(),
      multicastSnooping: fc.boolean(),
      groupForwardMask: u16,
      nfCallIptables: fc.boolean(),
      priority: u16,
      vlanProtocol: u16,
    },
  ),
  record<LinkKind & { kind: "vxlan" }>(
    { kind: fc.constant("vxlan") },
    {
      id: u32,
      local: ip,
      group: ip,
      port: u16,
      learning: fc.boolean(),
      ttl: u8,
      tos: u8,
      df: u8,
      gbp: fc.constant(true),
      collectMetadata: fc.boolean(),
      vniFilter: fc.boolean(),
      device: positive,
      portRange: fc.record({ low: u16, high: u16 }),
    },
  ),
  fc.constant({ kind: "veth" } as const),
  record<LinkKind & { kind: "generic" }>(
    { kind: fc.constant("generic"), name: fc.constantFrom("dummy", "vrf", "tun") },
    { data: fc.array(fc.record({ type: fc.integer({ min: 1, max: 100 }), bytes: octets(5) }), { minLength: 1, maxLength: 3 }) },
  ),
);

test("links of all kinds", () => {
  const value = record<Omit<Link, "up">>(
    { ifindex: positive, name, hardwareType: u16, flags: u32, mtu: u32, operstate: fc.constantFrom(...operstates) },
    {
      address: mac,
      master: positive,
      linkIfindex: u32,
      linkNamespaceId: fc.integer({ min: -1, max: 1000 }),
      carrier: fc.boolean(),
      alias: name,
      txQueueLength: u32,
      group: u32,
      kind: kinds,
    },
  ).map((l): Link => ({ ...l, up: (l.flags & 1) !== 0 }));
  checkRoundTrip("link", 16, value, encodeLink);
});

test("attributes that nobody knows keep their bytes", () => {
  const unknown = [{ type: 900, bytes: Uint8Array.of(1, 2, 3) }];
  const entry: FdbEntry = { ifindex: 1, mac: "02:00:00:00:00:01" as Mac, state: 128, flags: 2, unknown };
  assert.deepEqual(
    roundTrip(28, (w) => encodeFdbEntry(w, entry)),
    { object: "fdb", change: "new", value: entry },
  );
});

test("any bytes in any message are a value, nothing, or a typed error", () => {
  const types = fc.constantFrom(16, 17, 20, 21, 24, 25, 28, 29, 32, 33, 104, 105, 999);
  const family = fc.constantFrom(0, 2, 7, 10, 28);
  fc.assert(
    fc.property(types, family, fc.uint8Array({ maxLength: 120 }), (type, first, body) => {
      const bytes = Uint8Array.of(first, ...body);
      const m: Message = { bytes, type, flags: 0, sequence: 1, start: 0, end: bytes.length };
      try {
        decodeEvent(m);
      } catch (e) {
        assert.ok(e instanceof NetlinkDecodeError, String(e));
      }
    }),
    { numRuns: 2000 },
  );
});
