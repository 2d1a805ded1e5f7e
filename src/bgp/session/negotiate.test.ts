// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Capability } from "../wire/capability/capability.ts";
import { makeOpen } from "../wire/open.ts";
import { localCapabilities } from "./local-open.ts";
import { negotiate, offeredFamilies } from "./negotiate.ts";
import { configOf, openFrom } from "./testing/samples.ts";

function open(capabilities: readonly Capability[], holdTime = 90) {
  return makeOpen({ asn: 65_000, holdTime, identifier: 4, capabilities });
}

const evpn: Capability = { kind: "multiprotocol", family: "l2vpn-evpn" };

test("the lower hold time counts, keepalives are at most a third of it — RFC 4271 §4.2, §4.4", () => {
  for (const [ours, theirs, keepalive, agreed, sent] of [
    [90, 180, undefined, 90, 30],
    [90, 9, undefined, 9, 3],
    [90, 90, 10, 90, 10],
    [90, 9, 10, 9, 3],
    [0, 90, undefined, 0, 0],
    [90, 0, undefined, 0, 0],
  ] as const) {
    const n = negotiate(openFrom({ holdTime: theirs }), configOf({ holdTime: ours, ...(keepalive !== undefined && { keepalive }) }));
    assert.deepEqual([n.holdTime, n.keepalive], [agreed, sent]);
  }
});

test("families of both, in our order; none offered means IPv4 unicast — RFC 4760 §8", () => {
  const config = configOf({ families: ["l2vpn-evpn", "rt-constrain", "ipv4-unicast"] });
  assert.deepEqual(negotiate(openFrom({ families: ["ipv4-unicast", "vpnv4", "l2vpn-evpn"] }), config).families, [
    "l2vpn-evpn",
    "ipv4-unicast",
  ]);
  assert.deepEqual(offeredFamilies(open([])), ["ipv4-unicast"]);
});

test("a feature needs both sides", () => {
  const bare = negotiate(open([evpn]), configOf());
  assert.deepEqual([bare.fourOctetAs, bare.extendedMessage, bare.routeRefresh, bare.enhancedRouteRefresh], [false, false, false, false]);
  const all = negotiate(open(configOf().capabilities), configOf());
  assert.deepEqual([all.fourOctetAs, all.extendedMessage, all.routeRefresh, all.enhancedRouteRefresh], [true, true, true, true]);
  const ours = configOf({ capabilities: [evpn] });
  assert.equal(negotiate(open(configOf().capabilities), ours).extendedMessage, false);
});

test("an AS number of four octets stands in its capability — RFC 6793 §4.1", () => {
  const o = openFrom({ asn: 4_200_000_001 });
  assert.equal(o.myAs, 23_456);
  assert.equal(negotiate(o, configOf()).peerAsn, 4_200_000_001);
});

test("graceful restart: only families of the session, N bit of both", () => {
  const restart = { restarting: true, notifications: true, restartTime: 60, longLived: 3600 };
  const theirs = localCapabilities({ asn: 65_000, families: ["l2vpn-evpn", "vpnv4"], hostname: "rr\u001b1", gracefulRestart: restart });
  const config = configOf({
    capabilities: localCapabilities({
      asn: 65_000,
      families: ["l2vpn-evpn"],
      hostname: undefined,
      gracefulRestart: { ...restart, restarting: false },
    }),
  });
  const n = negotiate(open(theirs), config);
  assert.deepEqual(n.gracefulRestart, {
    restarting: true,
    notifications: true,
    restartTime: 60,
    families: [{ family: "l2vpn-evpn", forwarding: true }],
  });
  assert.deepEqual(n.longLived, [{ family: "l2vpn-evpn", forwarding: true, staleTime: 3600 }]);
  assert.equal(n.hostname, "rr?1");
  assert.equal(negotiate(open(theirs), configOf()).gracefulRestart, undefined);
  assert.deepEqual(negotiate(open(theirs), configOf()).longLived, []);
});

test("who offers long-lived graceful restart knows its routes, be it for no family; without graceful restart it counts for nothing", () => {
  const restart: Capability = { kind: "graceful-restart", restarted: false, notification: false, restartTime: 0, families: [] };
  const longLived: Capability = { kind: "long-lived-graceful-restart", families: [] };
  const knows = (...more: Capability[]): boolean => negotiate(open([evpn, ...more]), configOf()).knowsLongLived;
  assert.deepEqual([knows(restart, longLived), knows(longLived), knows(restart)], [true, false, false]);
});

test("several paths: a direction needs one who sends and one who receives, and a mode that exists — RFC 7911 §4", () => {
  const addPath = (mode: number, family = "l2vpn-evpn" as const): Capability => ({ kind: "add-path", families: [{ family, mode }] });
  const capabilities = (receive: boolean, send: boolean) =>
    localCapabilities({
      asn: 65_000,
      families: ["l2vpn-evpn"],
      hostname: undefined,
      gracefulRestart: undefined,
      addPath: { receive, send },
    });
  for (const [receive, send, theirs, agreed] of [
    [true, true, 3, [true, true]],
    [true, true, 1, [false, true]],
    [true, true, 2, [true, false]],
    [true, false, 3, [true, false]],
    [false, true, 2, [false, false]],
    [false, false, 3, [false, false]],
    [true, true, 0, [false, false]],
    [true, true, 4, [false, false]],
  ] as const) {
    const n = negotiate(open([evpn, addPath(theirs)]), configOf({ capabilities: capabilities(receive, send) }));
    assert.deepEqual([n.addPath.receive, n.addPath.send], agreed, `${receive} ${send} ${theirs}`);
  }
  const without = negotiate(
    open([{ kind: "multiprotocol", family: "ipv4-unicast" }, addPath(3)]),
    configOf({ capabilities: capabilities(true, true), families: ["ipv4-unicast"] }),
  );
  assert.deepEqual(without.addPath, { receive: false, send: false });
});
