// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { notification } from "../wire/notification.ts";
import type { Action } from "./action.ts";
import type { TimerName } from "./timer-name.ts";
import type { SessionEvent } from "./event.ts";
import { type SessionState, initialState } from "./state.ts";
import { step } from "./step.ts";
import { configOf, openFrom } from "./testing/samples.ts";

const connection = fc.integer({ min: 1, max: 4 });
const end = fc.constantFrom(notification(6, 2), notification(6, 7), notification(2, 2), notification(6, 9));
const goodOpens = [
  openFrom(),
  openFrom({ restart: { restarted: true, notification: true } }),
  openFrom({ restart: {} }),
  openFrom({ holdTime: 0 }),
];
const open = fc.constantFrom(...goodOpens, openFrom({ asn: 7 }));
const timer: fc.Arbitrary<TimerName> = fc.oneof(
  fc.constantFrom<TimerName>("connect-retry", "idle-hold", "settled"),
  connection.map((c): TimerName => `hold:${c}`),
  connection.map((c): TimerName => `keepalive:${c}`),
);
const anyEvent: fc.Arbitrary<SessionEvent> = fc.oneof(
  fc.constant<SessionEvent>({ kind: "start" }),
  fc.constantFrom(undefined, notification(6, 2)).map((n): SessionEvent => ({ kind: "stop", notification: n })),
  fc
    .constantFrom<"soon" | "when-started">("soon", "when-started")
    .map((again): SessionEvent => ({ kind: "reset", notification: notification(6, 4), again })),
  fc.constant<SessionEvent>({ kind: "connect-failed", reason: "refused" }),
  connection.map((c): SessionEvent => ({ kind: "connected", connection: c })),
  connection.map((c): SessionEvent => ({ kind: "accepted", connection: c })),
  connection.map((c): SessionEvent => ({ kind: "closed", connection: c, reason: "reset" })),
  fc.tuple(connection, open).map(([c, o]): SessionEvent => ({ kind: "open", connection: c, open: o })),
  fc
    .tuple(connection, fc.constantFrom<"keepalive" | "update" | "route-refresh">("keepalive", "update", "route-refresh"))
    .map(([c, kind]): SessionEvent => ({ kind, connection: c })),
  fc
    .tuple(connection, end, fc.constantFrom<"notification" | "fault">("notification", "fault"))
    .map(([c, n, kind]): SessionEvent => ({ kind, connection: c, notification: n })),
  timer.map((t): SessionEvent => ({ kind: "timer", timer: t })),
);

/** What a driver has after doing as it was told, kept apart from the machine's own state. */
class Driver {
  connecting = false;
  readonly live = new Set<number>();
  readonly timers = new Set<string>();
  established: number | undefined;

  perform(a: Action): void {
    if ("connection" in a && a.kind !== "down")
      assert.ok(this.live.has(a.connection), `${a.kind} on connection ${a.connection}, which is gone`);
    switch (a.kind) {
      case "connect":
        assert.ok(!this.connecting, "connects twice");
        this.connecting = true;
        break;
      case "abort-connect":
        assert.ok(this.connecting, "aborts nothing");
        this.connecting = false;
        break;
      case "close":
        this.live.delete(a.connection);
        break;
      case "start-timer":
        assert.ok(a.ms > 0, `${a.timer} of ${a.ms} ms`);
        this.timers.add(a.timer);
        break;
      case "stop-timer":
        this.timers.delete(a.timer);
        break;
      case "established":
        assert.equal(this.established, undefined, "two sessions at once");
        this.established = a.connection;
        break;
      case "down":
        assert.equal(this.established, a.connection, "a session goes down that was not up");
        this.established = undefined;
        break;
    }
  }
}

/** Everything that the world could bring now: sockets are silent after they were closed, timers fire when they run, ids are used once. */
function possible(d: Driver, fresh: number): readonly SessionEvent[] {
  const events: SessionEvent[] = [
    { kind: "start" },
    { kind: "accepted", connection: fresh },
    ...[...d.timers].map((name): SessionEvent => ({ kind: "timer", timer: name as TimerName })),
  ];
  if (d.connecting) events.push({ kind: "connected", connection: fresh }, { kind: "connect-failed", reason: "refused" });
  for (const connection of d.live) {
    events.push(
      ...goodOpens.map((open): SessionEvent => ({ kind: "open", connection, open })),
      { kind: "keepalive", connection },
      { kind: "keepalive", connection },
      { kind: "update", connection },
      { kind: "closed", connection, reason: "reset" },
      { kind: "open", connection, open: openFrom({ asn: 7 }) },
      { kind: "notification", connection, notification: notification(6, 7) },
      { kind: "notification", connection, notification: notification(6, 9) },
      { kind: "fault", connection, notification: notification(3, 1) },
    );
  }
  return events;
}

/** Rare, so that sessions come up before an operator ends them. */
const operator: readonly SessionEvent[] = [
  { kind: "stop", notification: undefined },
  { kind: "stop", notification: notification(6, 2) },
  { kind: "reset", notification: notification(6, 4), again: "soon" },
  { kind: "reset", notification: notification(6, 1), again: "when-started" },
];

/** What the driver knows of an event before the machine does. */
function happened(event: SessionEvent, d: Driver): void {
  if (event.kind === "connected" || event.kind === "accepted") d.live.add(event.connection);
  if (event.kind === "connected" || event.kind === "connect-failed") d.connecting = false;
  if (event.kind === "closed") d.live.delete(event.connection);
  if (event.kind === "timer") d.timers.delete(event.timer);
}

function checkState(state: SessionState, d: Driver, passive: boolean): void {
  const up = state.connections.filter((c) => c.phase === "established");
  assert.ok(up.length <= 1, "two established");
  assert.equal(up[0]?.id, d.established);
  for (const side of ["in", "out"]) assert.ok(state.connections.filter((c) => c.side === side && c.phase !== "established").length <= 1);
  assert.deepEqual(new Set(state.connections.map((c) => c.id)), d.live);
  assert.equal(state.attempt === "connecting", d.connecting);
  if (state.admin === "down") assert.deepEqual([state.attempt, state.connections.length, [...d.timers]], ["none", 0, []]);
  else assert.ok(state.attempt !== "none" || state.connections.length > 0, "up, but nothing under way");
  if (up.length > 0) assert.equal(state.attempt, "none");
  checkTimers(state, d, passive);
}

/** A timer runs exactly when something waits for it: else the session hangs, or is disturbed later. */
function checkTimers(state: SessionState, d: Driver, passive: boolean): void {
  const wanted = new Set<string>();
  if (state.attempt === "connecting" || (state.attempt === "waiting" && !passive)) wanted.add("connect-retry");
  if (state.attempt === "held") wanted.add("idle-hold");
  for (const c of state.connections) {
    if (c.negotiated === undefined || c.negotiated.holdTime > 0) wanted.add(`hold:${c.id}`);
    if (c.negotiated && c.negotiated.keepalive > 0) wanted.add(`keepalive:${c.id}`);
  }
  const running = new Set(d.timers);
  running.delete("settled");
  assert.deepEqual(running, wanted);
  if (d.timers.has("settled")) assert.notEqual(d.established, undefined);
}

/** Walks at random through what can happen, checking after every step. @returns the actions that came up, a down with its cause */
function walk(parameters: fc.Parameters<unknown>): ReadonlySet<string> {
  const reached = new Set<string>();
  const choices = fc.array(fc.nat(), { minLength: 10, maxLength: 120, size: "max" });
  fc.assert(
    fc.property(choices, fc.boolean(), fc.constantFrom(1, 0xffff_ffff), (drawn, passive, routerId) => {
      const config = configOf({ passive, routerId, restart: true });
      const driver = new Driver();
      let state = initialState;
      for (const [i, choice] of drawn.entries()) {
        const events = choice % 23 === 0 ? operator : possible(driver, i + 1);
        const event = events[Math.trunc(choice / 23) % events.length]!;
        happened(event, driver);
        const s = step(state, event, config);
        for (const action of s.actions) {
          driver.perform(action);
          reached.add(action.kind === "down" ? `down ${action.cause.kind}` : action.kind);
        }
        state = s.state;
        checkState(state, driver, passive);
      }
    }),
    parameters,
  );
  return reached;
}

test("whatever the world brings, machine and driver agree, and nothing hangs", () => {
  walk({ numRuns: 500 });
});

test("the walk comes by what matters", () => {
  // A fixed seed: 1what a walk of this length meets must not be a matter of luck.
  const reached = walk({ numRuns: 1000, seed: 1 });
  for (const wanted of ["established", "down peer-restarted", "down hold-expired", "down stopped", "abort-connect"])
    assert.ok(reached.has(wanted), `never: ${wanted}`);
});

test("no sequence of events at all makes it throw, and the state before is left as it was", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      let state = initialState;
      for (const event of events) {
        const before = structuredClone(state);
        const s = step(state, event, configOf({ restart: true }));
        assert.deepEqual(structuredClone(state), before);
        state = s.state;
      }
    }),
  );
});
