// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "../../base/run/clock.ts";
import { negotiate } from "../session/negotiate.ts";
import { type SampleOpen, configOf, openFrom } from "../session/testing/samples.ts";
import { StaleRoutes } from "./stale-routes.ts";

const evpn = "l2vpn-evpn";

function begin(longLived = 0): {
  clock: ManualClock;
  did: string[];
  stale: StaleRoutes;
  back(o: SampleOpen): void;
  pass(seconds: number): Promise<void>;
} {
  const clock = new ManualClock();
  const did: string[] = [];
  const stale = new StaleRoutes(clock, {
    sweep: (family, why) => did.push(`sweep ${family}: ${why}`),
    depreference: (family) => did.push(`depreference ${family}`),
    empty: () => did.push("empty"),
  });
  stale.begin({
    families: [{ family: evpn, restartTime: 120, staleTime: longLived }],
    reflectedOnly: false,
  });
  const back = (o: SampleOpen): void => stale.sessionUp(negotiate(openFrom(o), configOf({ restart: true })), 360);
  // Timers give the loop a turn before they count.
  const pass = async (seconds: number): Promise<void> => {
    clock.advance(seconds * 1000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, did, stale, back, pass };
}

test("back in time: what is not announced again goes with End-of-RIB", async () => {
  const s = begin();
  await s.pass(119);
  s.back({ restart: { restarted: true } });
  await s.pass(300);
  assert.deepEqual(s.did, []);
  s.stale.endOfRib(evpn);
  assert.deepEqual(s.did, [`sweep ${evpn}: the peer did not announce them again`]);
  await s.pass(1000);
  assert.equal(s.did.length, 1);
});

test("not back within its restart time", async () => {
  const s = begin();
  await s.pass(120);
  assert.deepEqual(s.did, [`sweep ${evpn}: the peer did not come back within its restart time`, "empty"]);
});

test("back, but no End-of-RIB in time", async () => {
  const s = begin();
  s.back({ restart: { restarted: true } });
  await s.pass(360);
  assert.deepEqual(s.did, [`sweep ${evpn}: no End-of-RIB in time`]);
});

test("back without its forwarding state, or without graceful restart: at once — RFC 4724 §4.2", () => {
  for (const o of [{ restart: { restarted: true, forwarding: false } }, {}]) {
    const s = begin();
    s.back(o);
    assert.deepEqual(s.did, [`sweep ${evpn}: the peer did not keep its forwarding state`]);
  }
});

test("long-lived: last resort after the restart time, gone after the stale time — RFC 9494 §4.2", async () => {
  const s = begin(3600);
  await s.pass(120);
  assert.deepEqual(s.did.splice(0), [`depreference ${evpn}`]);
  await s.pass(3600);
  assert.deepEqual(s.did, [`sweep ${evpn}: the long-lived stale time is over`, "empty"]);
});

test("long-lived only: a restart time of 0 begins it at once", () => {
  const did: string[] = [];
  const stale = new StaleRoutes(new ManualClock(), {
    sweep: (f) => did.push(`sweep ${f}`),
    depreference: (f) => did.push(`depreference ${f}`),
    empty: () => did.push("empty"),
  });
  stale.begin({ families: [{ family: evpn, restartTime: 0, staleTime: 60 }], reflectedOnly: false });
  assert.deepEqual(did, [`depreference ${evpn}`]);
});

test("long-lived: the limit holds over further restarts, and begins anew once all was told again — RFC 9494 §4.2", async () => {
  const s = begin(3600);
  const again = { families: [{ family: evpn, restartTime: 120, staleTime: 7200 }], reflectedOnly: false } as const;
  await s.pass(120 + 1000);
  assert.deepEqual(s.did.splice(0), [`depreference ${evpn}`]);
  s.back({ restart: { restarted: true } });
  assert.ok(s.stale.outliveRestart(evpn), "what was stale before is kept over the next loss");
  s.stale.begin(again);
  await s.pass(120);
  assert.deepEqual(s.did.splice(0), [`depreference ${evpn}`], "its restart time counts again");
  await s.pass(3600 - 1000 - 120 - 1);
  assert.deepEqual(s.did, []);
  await s.pass(1);
  assert.deepEqual(s.did.splice(0), [`sweep ${evpn}: the long-lived stale time is over`, "empty"]);
  s.back({ restart: { restarted: true } });
  s.stale.endOfRib(evpn);
  s.stale.begin(again);
  await s.pass(120 + 7199);
  assert.deepEqual(s.did.splice(0), [`depreference ${evpn}`]);
  await s.pass(1);
  assert.equal(s.did.length, 2);
});

test("without long-lived staleness what is stale does not outlive the next restart, and what a refresh left open does", () => {
  const s = begin();
  s.back({ restart: { restarted: true } });
  assert.ok(!s.stale.outliveRestart(evpn));
  s.stale.endOfRib(evpn);
  s.stale.refreshBegins(evpn, 360);
  assert.ok(s.stale.outliveRestart(evpn));
});

test("a refresh that is not brought to its end — RFC 7313 §4", async () => {
  const s = begin();
  s.back({ restart: { restarted: true } });
  s.stale.endOfRib(evpn);
  s.did.length = 0;
  s.stale.refreshBegins(evpn, 360);
  s.stale.refreshEnds(evpn);
  await s.pass(360);
  assert.deepEqual(s.did, []);
  s.stale.refreshBegins(evpn, 360);
  await s.pass(360);
  assert.deepEqual(s.did, [`sweep ${evpn}: no end of the refresh in time`]);
});

test("a peer that is no longer wanted stops all clocks", async () => {
  const s = begin();
  s.stale.clear();
  await s.pass(1000);
  assert.deepEqual(s.did, []);
});
