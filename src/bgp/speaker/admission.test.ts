// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePrefix } from "../../base/net/prefix.ts";
import { ManualClock } from "../../base/run/clock.ts";
import type { DynamicPeerConfig } from "./config.ts";
import { EventLimit } from "./event-limit.ts";
import { hopLimitsOf } from "./hop-limits.ts";
import { rangeFor } from "./peer-match.ts";
import { dynamicPeer, namedPeer, sameSession } from "./peer-settings.ts";
import { ip, peerConfig } from "./testing/speakers.ts";

const range = (text: string): DynamicPeerConfig => ({ range: parsePrefix(text)!, asn: 65_000, families: ["l2vpn-evpn"] });

test("the longest range counts", () => {
  const ranges = [range("10.0.0.0/8"), range("10.1.0.0/16"), range("fd00::/8"), range("10.1.0.0/16")];
  assert.equal(rangeFor(ip("10.1.2.3"), ranges), ranges[1]);
  assert.equal(rangeFor(ip("10.2.2.3"), ranges), ranges[0]);
  assert.equal(rangeFor(ip("fd00::1"), ranges), ranges[2]);
  assert.equal(rangeFor(ip("192.168.0.1"), ranges), undefined);
});

test("hop limits: GTSM by hops, next door for another AS, far within ours", () => {
  const base = { families: ["l2vpn-evpn"] } as const;
  assert.deepEqual(hopLimitsOf({ ...base, asn: 1, ttlSecurity: 1 }, 65_000), { ttl: 255, minTtl: 255 });
  assert.deepEqual(hopLimitsOf({ ...base, asn: 1, ttlSecurity: 254 }, 65_000), { ttl: 255, minTtl: 2 });
  assert.deepEqual(hopLimitsOf({ ...base, asn: 1 }, 65_000), { ttl: 1, minTtl: 0 });
  assert.deepEqual(hopLimitsOf({ ...base, asn: "external", multihop: 3 }, 65_000), { ttl: 3, minTtl: 0 });
  assert.deepEqual(hopLimitsOf({ ...base, asn: 65_000 }, 65_000), { ttl: 64, minTtl: 0 });
  assert.deepEqual(hopLimitsOf({ ...base, asn: [65_001, 65_000] }, 65_000), { ttl: 64, minTtl: 0 });
  assert.deepEqual(hopLimitsOf({ ...base, asn: [65_001, 65_002] }, 65_000), { ttl: 1, minTtl: 0 });
});

test("what a new configuration may change without a new session", () => {
  const a = namedPeer(peerConfig("10.0.0.4", 179, "10.0.0.1"));
  assert.ok(sameSession(a, { ...a, description: "x", connectRetry: 5, maximumPrefix: { limit: 1 } }));
  for (const over of [
    { password: "x" },
    { asn: 1 },
    { families: [] },
    { passive: true },
    { client: true },
    { holdTime: 9 },
    { ttlSecurity: 1 },
  ])
    assert.ok(!sameSession(a, { ...a, ...over }), JSON.stringify(over));
  assert.ok(!sameSession(a, dynamicPeer(a.address, range("10.0.0.0/24"))));
});

test("a flood of equal events is one, with a count in the next", () => {
  const clock = new ManualClock();
  const limit = new EventLimit(clock, 1000, 2);
  const seen: string[] = [];
  const offer = (key: string): void => limit.offer(key, (suppressed) => seen.push(`${key}+${suppressed}`));
  for (let i = 0; i < 5; i++) offer("a");
  offer("b");
  clock.advance(1000);
  offer("a");
  assert.deepEqual(seen, ["a+0", "b+0", "a+4"]);
  // Of more keys than are kept the oldest is forgotten, so memory stays bounded.
  offer("c");
  offer("b");
  assert.deepEqual(seen.slice(3), ["c+0", "b+0"]);
});
