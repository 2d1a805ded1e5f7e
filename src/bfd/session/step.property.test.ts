// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sessionStates } from "../packet/control-packet.ts";
import { slowestNeeded } from "./config.ts";
import type { SessionEvent } from "./event.ts";
import { newSession } from "./state.ts";
import { dueAt, step } from "./step.ts";

const interval = fc.integer({ min: 1, max: 2_000_000 });
const wishes = fc.record({ desiredMinTx: interval, requiredMinRx: interval, detectMultiplier: fc.integer({ min: 1, max: 10 }) });

const events: fc.Arbitrary<SessionEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("packet" as const),
      packet: fc.record({
        diagnostic: fc.integer({ min: 0, max: 31 }),
        state: fc.constantFrom(...sessionStates),
        poll: fc.boolean(),
        final: fc.boolean(),
        controlPlaneIndependent: fc.boolean(),
        demand: fc.boolean(),
        detectMultiplier: fc.integer({ min: 1, max: 255 }),
        myDiscriminator: fc.integer({ min: 1, max: 3 }),
        yourDiscriminator: fc.constantFrom(0, 9),
        desiredMinTx: fc.oneof(interval, fc.integer({ min: 0, max: 0xffff_ffff })),
        requiredMinRx: fc.oneof(interval, fc.constant(0), fc.integer({ min: 0, max: 0xffff_ffff })),
        requiredMinEchoRx: interval,
      }),
    }),
  },
  fc.constantFrom<SessionEvent>(
    { kind: "refused" },
    { kind: "absent", ms: 700 },
    { kind: "configure" },
    { kind: "disable" },
    { kind: "enable" },
  ),
  { weight: 4, arbitrary: fc.constant<SessionEvent>({ kind: "time" }) },
);

test("whatever happens, what the RFC forbids is never done", () => {
  const run = fc.array(fc.tuple(events, fc.integer({ min: 0, max: 1500 }), fc.double({ min: 0, max: 0.999, noNaN: true }), wishes), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(wishes, run, (first, course) => {
      let config = first;
      let now = 0;
      let state = newSession(9, config, now);
      let isUp = false;
      for (const [event, wait, random, next] of course) {
        now += wait;
        if (event.kind === "configure") config = next;
        const before = state;
        const { actions, state: after } = step(before, event, config, now, random);
        state = after;
        for (const a of actions) {
          // Up and Down alternate: nobody is told of a Down without an Up.
          if (a.kind === "up" || a.kind === "down") {
            assert.equal(isUp, a.kind === "down");
            isUp = a.kind === "up";
          }
          if (a.kind !== "send") continue;
          const p = a.packet;
          assert.ok(!(p.poll && p.final), "§6.8.7: never both");
          assert.ok(p.detectMultiplier > 0 && p.myDiscriminator === 9);
          assert.ok(p.state === "up" || p.desiredMinTx >= slowestNeeded, "§6.8.3: slow while not Up");
          assert.ok(p.yourDiscriminator !== 0 || p.state === "down" || p.state === "admin-down", "§6.8.6: it would be discarded");
        }
        assert.equal(isUp, state.state === "up");
        const wanted = event.kind === "packet" && event.packet.poll && before.state !== "admin-down";
        assert.equal(actions.filter((a) => a.kind === "send" && a.packet.final).length, wanted ? 1 : 0, "§6.8.7: a Final for each Poll");
        // After what is due was done nothing stays due: the driver would spin.
        if (event.kind === "time") assert.ok(dueAt(state) > now);
      }
    }),
  );
});
