// SPDX-License-Identifier: Apache-2.0
/** Arbitrary sound routes of every family, for property tests. */
import fc from "fast-check";
import { toHex } from "../../../base/bytes/hex.ts";
import { ipFromBytes } from "../../../base/net/ip.ts";
import { macFromBytes } from "../../../base/net/mac.ts";
import { maskIp } from "../../../base/net/prefix.ts";
import { rdFromBytes } from "../../../base/net/rd.ts";
import type { Family } from "../family.ts";
import { esiFromBytes } from "../nlri/evpn/esi.ts";
import type { EvpnRoute } from "../nlri/evpn/route.ts";
import type { UnicastRoute } from "../nlri/ip-unicast.ts";
import type { Nlri } from "../nlri/nlri.ts";
import type { RouteTargetMembership } from "../nlri/rt-constrain.ts";
import type { VpnRoute } from "../nlri/vpn.ts";

/** With the prototype that literals have, so that deep equality holds. */
export function record<T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

export const octets = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
export const u8 = fc.integer({ min: 0, max: 0xff });
export const u16 = fc.integer({ min: 0, max: 0xffff });
export const u24 = fc.integer({ min: 0, max: 0xffffff });
export const u32 = fc.integer({ min: 0, max: 0xffffffff });
export const ip4 = octets(4).map((b) => ipFromBytes(b));
export const ip6 = octets(16).map((b) => ipFromBytes(b));
const anyIp = fc.oneof(ip4, ip6);
export const mac = octets(6).map((b) => macFromBytes(b));
export const esi = fc.oneof(
  fc.constant(new Uint8Array(10)).map((b) => esiFromBytes(b)),
  octets(10).map((b) => esiFromBytes(b)),
);
/** Types 0 to 2 and one that no RFC defines. */
export const rd = fc.tuple(fc.integer({ min: 0, max: 3 }), octets(6)).map(([type, rest]) => rdFromBytes(Uint8Array.of(0, type, ...rest)));

const tagged = { rd, tag: u32 };
const ethernetAd = record({ kind: fc.constant("ethernet-ad" as const), ...tagged, esi, label: u24 });
const macIp = record({
  kind: fc.constant("mac-ip" as const),
  ...tagged,
  esi,
  mac,
  ip: fc.option(anyIp, { nil: undefined }),
  label: u24,
  label2: fc.option(u24, { nil: undefined }),
}).map(({ label2, ...route }) => (label2 === undefined ? route : { ...route, label2 }));
const multicast = record({ kind: fc.constant("inclusive-multicast" as const), ...tagged, originator: anyIp });
const segment = record({ kind: fc.constant("ethernet-segment" as const), rd, esi, originator: anyIp });
const prefixOf = (most: 32 | 128): fc.Arbitrary<{ ip: ReturnType<typeof ipFromBytes>; length: number }> =>
  fc.tuple(most === 32 ? ip4 : ip6, fc.integer({ min: 0, max: most })).map(([ip, length]) => ({ ip: maskIp(ip, length), length }));
const ipPrefix = fc.oneof(
  record({ kind: fc.constant("ip-prefix" as const), ...tagged, esi, prefix: prefixOf(32), gateway: ip4, label: u24 }),
  record({ kind: fc.constant("ip-prefix" as const), ...tagged, esi, prefix: prefixOf(128), gateway: ip6, label: u24 }),
);
const opaqueEvpn = record({
  kind: fc.constant("opaque-evpn" as const),
  type: fc.constantFrom(0, 6, 7, 8, 9, 10, 11, 200, 255),
  value: fc.uint8Array({ maxLength: 60 }),
});

export const evpnRoute: fc.Arbitrary<EvpnRoute> = fc.oneof(ethernetAd, macIp, multicast, segment, ipPrefix, opaqueEvpn);

const unicast = (most: 32 | 128): fc.Arbitrary<UnicastRoute> => record({ kind: fc.constant("unicast" as const), prefix: prefixOf(most) });

/** A stack of one to three labels whose last has the bottom bit, or the withdrawn label. */
const labels = fc.oneof(
  fc
    .tuple(
      fc.array(
        u24.filter((l) => l > 1).map((l) => l & ~1),
        { maxLength: 2 },
      ),
      u24,
    )
    .map(([above, last]) => [...above.filter((l) => l !== 0x800000), last | 1]),
  fc.constantFrom([0x800000], [0]),
);
// The length octet holds at most 255 bits: three labels and an RD leave 119 of them.
const vpn = (most: 32 | 128): fc.Arbitrary<VpnRoute> =>
  record({ kind: fc.constant("vpn" as const), labels, rd, prefix: prefixOf(most) }).filter(
    (route) => route.labels.length * 24 + 64 + route.prefix.length <= 255,
  );

const membership: fc.Arbitrary<RouteTargetMembership> = fc.oneof(
  fc.constant({ kind: "rt-membership" as const, length: 0, originAs: 0, target: "" }),
  fc.tuple(fc.integer({ min: 32, max: 96 }), u32, octets(8)).map(([length, originAs, target]) => ({
    kind: "rt-membership" as const,
    length,
    originAs,
    target: toHex(target.subarray(0, (length - 25) >> 3)),
  })),
);

/** Routes of each family by its name. */
export const routeOf: { readonly [F in Family]?: fc.Arbitrary<Nlri> } = {
  "ipv4-unicast": unicast(32),
  "ipv6-unicast": unicast(128),
  vpnv4: vpn(32),
  vpnv6: vpn(128),
  "l2vpn-evpn": evpnRoute,
  "rt-constrain": membership,
};

export const knownFamily = fc.constantFrom<Family>("ipv4-unicast", "ipv6-unicast", "vpnv4", "vpnv6", "l2vpn-evpn", "rt-constrain");

/** Some routes of one family, with path identifiers or without. */
export function routesOf(family: Family, withPathId: boolean, maxLength = 5): fc.Arbitrary<Nlri[]> {
  const route = routeOf[family]!;
  const item = withPathId ? fc.tuple(route, u32).map(([r, pathId]): Nlri => ({ ...r, pathId })) : route;
  return fc.array(item, { maxLength });
}
