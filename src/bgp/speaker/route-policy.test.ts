// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyModel, RuleModel } from "../rib/policy/model.ts";
import type { MaximumPrefix, SessionPolicy } from "./config.ts";
import type { SpeakerOptions } from "./speaker.ts";
import { speakersOfTests } from "./testing/started.ts";
import { announceMacs, freePort, hurriedClock, isUp, peerConfig, type RunningSpeaker, speakerConfig, until } from "./testing/speakers.ts";

const [left, right] = ["127.11.0.1", "127.11.0.2"];
const started = speakersOfTests();

interface Treatment {
  readonly policy?: SessionPolicy;
  readonly maximumPrefix?: MaximumPrefix;
}

/** The left one announces, the right one treats it as is said; again with `treat`. */
async function pair(treatment: Treatment, over: Partial<SpeakerOptions> = {}) {
  const port = await freePort();
  const config = (t: Treatment) => speakerConfig(right, port, { peers: [peerConfig(left, port, right, t)] });
  const from = await started(speakerConfig(left, port, { peers: [peerConfig(right, port, left, { passive: true })] }));
  const to = await started(config(treatment), over);
  await until("session", () => isUp(to, left));
  return { from, to, treat: async (t: Treatment) => await to.speaker.reload(config(t)) };
}

const policy = (...rules: Partial<RuleModel>[]): PolicyModel => ({
  name: "p",
  default: "accept",
  rules: rules.map((r, i) => ({ name: `#${i + 1}`, action: "deny", ...r })),
});
const eventsOf = (s: RunningSpeaker, event: string): string[] => s.journal.events.filter((e) => e.event === event).map((e) => e.message);
const state = (s: RunningSpeaker) => s.speaker.peers()[0]!;

test("a new import policy asks for the routes again, and the session stays", async () => {
  const { from, to, treat } = await pair({});
  announceMacs(from, 0, 100);
  await until("routes", () => state(to).received === 100);
  const noSmall: SessionPolicy = { import: policy({ match: { mac: ["02:00:00:00:00:00/42"] } }) };
  await treat({ policy: noSmall });
  await until("fewer", () => state(to).received === 36);
  assert.deepEqual(
    state(to).refused.map((r) => r.rule),
    [{ kind: "policy", policy: "p", rule: "#1" }],
  );
  await treat({});
  await until("all again", () => state(to).received === 100);
  assert.equal(state(to).flaps, 0);
});

test("a new export policy takes back and brings, and the session stays", async () => {
  const { from, to } = await pair({});
  announceMacs(from, 0, 100);
  await until("routes", () => state(to).received === 100);
  const export_ = policy({ match: { mac: ["02:00:00:00:00:00/42"] } });
  const { config } = from;
  const peers = config.peers.map((p) => ({ ...p, policy: { export: export_ } }));
  await from.speaker.reload({ ...config, peers });
  await until("fewer", () => state(to).received === 36);
  await from.speaker.reload(config);
  await until("all again", () => state(to).received === 100);
  assert.equal(state(to).flaps, 0);
});

test("admission: what is not the peer's own is named, dropped and counted", async () => {
  const { from, to } = await pair({ policy: { admission: { nextHops: ["own"] } } });
  announceMacs(from, 0, 3);
  // More, when the table was on its way already.
  await until("refused", () => (state(to).refused[0]?.routes ?? 0) >= 3);
  assert.equal(state(to).received, 0);
  const [event] = eventsOf(to, "bgp.admission-violated");
  assert.match(event!, /^127\.11\.0\.1 announced a next-hop that is not its own: 10\.0\.0\.1:100 \[2\]:\[0\]:\[48\]:\[02:00:00:00:00:00\]/);
});

test("a limit that only warns, and one that keeps new routes out until it is raised", async () => {
  const { from, to, treat } = await pair({ maximumPrefix: { limit: 10, action: "warn" } });
  announceMacs(from, 0, 20);
  await until("routes", () => state(to).received === 20);
  assert.deepEqual(eventsOf(to, "bgp.maximum-prefix-exceeded"), [
    `${left} announced 20 routes and may have 10: they are taken all the same`,
  ]);
  await treat({ maximumPrefix: { limit: 25, action: "drop", warning: 90 } });
  announceMacs(from, 20, 40);
  await until("refused", () => (state(to).refused[0]?.routes ?? 0) >= 15);
  assert.equal(state(to).received, 25);
  await treat({ maximumPrefix: { limit: 50, action: "drop", warning: 90 } });
  await until("all", () => state(to).received === 40);
  assert.equal(state(to).flaps, 0);
});

test("a lower limit ends the session, which comes back after its time", async () => {
  const { from, to, treat } = await pair({}, { clock: hurriedClock(20) });
  announceMacs(from, 0, 20);
  await until("routes", () => state(to).received === 20);
  await treat({ maximumPrefix: { limit: 10, restart: 2 } });
  await until("down", () => state(to).flaps === 1);
  assert.match(state(to).lastError ?? "", /Cease\/Maximum Number of Prefixes Reached/);
  await until("down again: there are as many as before", () => state(to).flaps >= 2);
  await treat({ maximumPrefix: { limit: 100, restart: 2 } });
  await until("up", () => state(to).received === 20);
});
