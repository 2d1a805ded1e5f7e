// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { prefixContains } from "../../base/net/prefix.ts";
import type { Rd } from "../../base/net/rd.ts";
import { decodeEvpn } from "../wire/nlri/evpn/table.ts";
import { communityAttribute } from "./attribute-pattern.ts";
import { addressKeys, type KeyPattern, macKey, prefixKey, rdKey } from "./key-pattern.ts";
import type { RouteEntry, RouteFilter } from "./route-query.ts";
import { reachBody, unreachBody } from "./testing/path-spec.ts";
import { randomFrom } from "./testing/random.ts";
import { randomNlri } from "./testing/random-nlri.ts";
import { macNlri, plainPath, RibRig } from "./testing/rib-rig.ts";

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

function filled(seed: number, count: number): RibRig {
  const random = randomFrom(seed);
  const rig = new RibRig({ sizes: { pageWords: 256, indexSlots: 8 } });
  const slots = [rig.peer(1), rig.peer(2), rig.peer(3)];
  for (let i = 0; i < count; i++) {
    const spec = {
      ...plainPath,
      target: 1 + random(3),
      origin: random(3),
      nextHop: [10, 9, 9, random(3)],
      communities: random(2) > 0 ? [0xfde80000 + random(2)] : [],
      originator: random(2) > 0 ? 0x0a000000 + random(3) : undefined,
    };
    rig.update(slots[random(3)]!, reachBody(spec, [randomNlri(random)], 4, true, false));
  }
  rig.settle();
  return rig;
}

function all(rig: RibRig, filter: RouteFilter, stop: () => boolean = () => false): RouteEntry[] {
  const found: RouteEntry[] = [];
  for (let at: number | undefined = 0; at !== undefined;)
    at = rig.rib.scanRoutes(
      filter,
      at,
      (r) => void found.push(r),
      () => !stop(),
    );
  return found;
}

const name = (r: RouteEntry): string => `${hex(r.nlri)} ${r.fromName}`;

/** What a filter on keys gives is what decoding every route and looking at it gives. */
function agrees(
  rig: RibRig,
  keys: readonly KeyPattern[],
  wanted: (route: ReturnType<typeof decodeEvpn>, nlri: Uint8Array) => boolean,
): number {
  const found = all(rig, { keys: [keys] }).map(name);
  const expected = all(rig, {}).filter((r) => wanted(decodeEvpn(r.nlri), r.nlri));
  assert.deepEqual(found, expected.map(name));
  return found.length;
}

test("patterns of keys find what decoding finds", () => {
  let hits = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const rig = filled(seed, 120);
      const ip4 = ipFromBytes(Uint8Array.of(10, 0, 0, 1));
      const ip6 = "2001::1" as Ip;
      const prefix = { ip: ipFromBytes(Uint8Array.of(1, 0, 0, 0)), length: 16 };
      const isAt = (ip: Ip) => (r: ReturnType<typeof decodeEvpn>) =>
        (r.kind === "mac-ip" && r.ip === ip) ||
        ((r.kind === "inclusive-multicast" || r.kind === "ethernet-segment") && r.originator === ip) ||
        (r.kind === "ip-prefix" && prefixContains(r.prefix, ip));
      hits += agrees(rig, [macKey("02:00:00:00:00:03" as Mac)], (r) => r.kind === "mac-ip" && r.mac === "02:00:00:00:00:03");
      hits += agrees(
        rig,
        [rdKey("10.0.0.1:7" as Rd)],
        (_route, nlri) => nlri[0]! <= 11 && hex(nlri.subarray(2, 10)) === "00010a0000010007",
      );
      hits += agrees(rig, addressKeys(ip4), isAt(ip4));
      hits += agrees(rig, addressKeys(ip6), isAt(ip6));
      hits += agrees(rig, addressKeys("1.0.255.1" as Ip), isAt("1.0.255.1" as Ip));
      hits += agrees(rig, [prefixKey(prefix)], (r) => r.kind === "ip-prefix" && r.prefix.length === 16 && r.prefix.ip === prefix.ip);
    }),
    { numRuns: 20 },
  );
  assert.ok(hits > 100, "the patterns were asked about routes that are there");
});

test("filters on attributes and labels", () => {
  const rig = filled(7, 200);
  const everything = all(rig, {});
  const check = (filter: RouteFilter, wanted: (r: RouteEntry) => boolean): void => {
    const found = all(rig, filter).map(name);
    assert.deepEqual(found, everything.filter(wanted).map(name));
    assert.ok(found.length > 0 && found.length < everything.length);
  };
  const target = Uint8Array.from([0, 2, 0xfd, 0xe8, 0, 0, 0, 2]);
  const raw = (r: RouteEntry): string => hex(r.attributes.raw);
  const any = (type: number, octets: Uint8Array): RouteFilter => ({ attributes: [{ kind: "any-of", values: [{ type, octets }] }] });
  check(any(communityAttribute.extended, target), (r) => raw(r).includes("c010080002fde800000002"));
  check(any(communityAttribute.standard, Uint8Array.from([0xfd, 0xe8, 0, 1])), (r) => raw(r).includes("c00804fde80001"));
  check({ attributes: [{ kind: "next-hop", octets: Uint8Array.from([10, 9, 9, 2]) }] }, (r) => hex(r.attributes.nextHop) === "0a090902");
  check({ attributes: [{ kind: "origin", origin: 2 }] }, (r) => raw(r).startsWith("40010102"));
  check({ attributes: [{ kind: "originator", identifier: 0x0a000001 }] }, (r) => raw(r).includes("8009040a000001"));
  check({ label: 0x000010 }, (r) => {
    const route = decodeEvpn(r.nlri);
    return ("label" in route && route.label === 0x10) || (route.kind === "mac-ip" && route.label2 === 0x10);
  });
});

test("a scan in slices gives what is there all the time exactly once, whatever comes and goes meanwhile", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 100, max: 400 })), { minLength: 50, maxLength: 300 }), (changes) => {
      const rig = new RibRig({ sizes: { pageWords: 256, indexSlots: 8 } });
      const [a, b] = [rig.peer(1), rig.peer(2)];
      const lasting = Array.from({ length: 100 }, (_, i) => macNlri(i));
      rig.update(a, reachBody(plainPath, lasting, 4, true, false));
      const script = changes.values();
      const seen: number[] = [];
      for (let at: number | undefined = 0; at !== undefined;) {
        let left = 3;
        at = rig.rib.scanRoutes(
          { best: true },
          at,
          (r) => void seen.push(r.nlri[29]! * 256 + r.nlri[30]!),
          () => --left > 0,
        );
        for (let i = 0; i < 20; i++) {
          const change = script.next().value;
          if (!change) break;
          const [announce, n] = change;
          rig.update(b, announce ? reachBody(plainPath, [macNlri(n)], 4, true, false) : unreachBody([macNlri(n)]));
          // Of those that stay, another path comes and goes.
          rig.update(b, announce ? reachBody(plainPath, [macNlri(n % 100)], 4, true, false) : unreachBody([macNlri(n % 100)]));
        }
        rig.settle();
      }
      assert.deepEqual(
        seen.filter((n) => n < 100).toSorted((x, y) => x - y),
        Array.from({ length: 100 }, (_, i) => i),
      );
    }),
    { numRuns: 40 },
  );
});

test("a cursor from elsewhere is told from one that was given", () => {
  const rig = filled(3, 150);
  const given = new Set<number>([0]);
  for (let at: number | undefined = 0; at !== undefined;)
    given.add(
      (at = rig.rib.scanRoutes(
        {},
        at,
        () => undefined,
        () => false,
      )) ?? 0,
    );
  for (const at of given) assert.ok(rig.rib.isRoutePosition(at));
  for (const at of [-1, 0.5, Number.NaN, 2 ** 31, 2 ** 40]) assert.equal(rig.rib.isRoutePosition(at), false, String(at));
  // In the middle of a record there is no beginning.
  for (const at of given) if (at !== 0) assert.equal(rig.rib.isRoutePosition(at + 1), false);
});

test("to whom the best path goes and why not to the others", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  const b = rig.peer(2);
  const outside = rig.peer(3, { role: "ebgp", asn: 65001 });
  rig.peer(4, { families: ["ipv4-unicast"] });
  const plain = rig.peer(5, { role: "non-client" });
  rig.peer(6, { role: "non-client" });
  const noExport = { ...plainPath, communities: [0xffffff01] };
  rig.update(a, reachBody(noExport, [macNlri(1)], 4, true, false));
  rig.update(plain, reachBody(plainPath, [macNlri(2)], 4, true, false));
  rig.update(b, reachBody({ ...plainPath, localPref: 50 }, [macNlri(1)], 4, true, false));
  rig.full.add(b);
  rig.settle();
  rig.update(a, reachBody({ ...noExport, target: 2 }, [macNlri(1)], 4, true, false));
  rig.settle();
  const explain = (n: number): Record<string, string | undefined> => {
    const found = all(rig, { match: (r) => r.nlri[30] === n, best: true })[0]!;
    return Object.fromEntries(rig.rib.explainRoute(found.record)!.audience.map((x) => [x.peer, x.withheld]));
  };
  assert.deepEqual(explain(1), {
    peer1: "came-from-it",
    peer2: "congested",
    peer3: "no-export",
    peer4: "family-not-negotiated",
    peer5: undefined,
    peer6: undefined,
  });
  assert.deepEqual(explain(2), {
    peer1: undefined,
    peer2: undefined,
    peer3: undefined,
    peer4: "family-not-negotiated",
    peer5: "came-from-it",
    peer6: "not-reflected",
  });
  const sent = (to: string): number[] => all(rig, { sentTo: to }).map((r) => r.nlri[30]!);
  assert.deepEqual([sent("peer3"), sent("peer5"), sent("peer6"), sent("nobody")], [[2], [1], [1], []]);
  // What is said is what was written.
  assert.equal(rig.at(outside).table.size, 1);
  assert.equal(rig.at(plain).table.size, 1);
});

test("what a peer with add-path is sent are as many paths as it has, and none of its own", () => {
  const rig = new RibRig();
  const [a, b, c] = [rig.peer(1), rig.peer(2), rig.peer(3, { addPath: { receive: false, send: "all" } })];
  const two = rig.peer(4, { addPath: { receive: false, send: 2 } });
  for (const [i, slot] of [a, b, c].entries())
    rig.update(slot, reachBody({ ...plainPath, localPref: 300 - i }, [macNlri(1)], 4, true, true));
  rig.settle();
  const sent = (to: string): string[] => all(rig, { sentTo: to }).map((r) => r.fromName);
  assert.deepEqual([sent("peer1"), sent("peer2"), sent("peer3"), sent("peer4")], [[], ["peer1"], ["peer1", "peer2"], ["peer1", "peer2"]]);
  assert.deepEqual([rig.at(c).table.size, rig.at(two).table.size], [2, 2]);
});
