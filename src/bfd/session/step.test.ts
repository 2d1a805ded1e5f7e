// SPDX-License-Identifier: Apache-2.0
/** RFC 5880 §6.8 by its paragraphs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BfdState, ControlPacket } from "../packet/control-packet.ts";
import type { SessionAction } from "./action.ts";
import type { SessionConfig } from "./config.ts";
import type { SessionEvent } from "./event.ts";
import { type SessionState, newSession } from "./state.ts";
import { dueAt, refusalPatience, step } from "./step.ts";
import { detectionTime, transmitInterval } from "./timing.ts";

const config: SessionConfig = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMultiplier: 3 };

const fromPeer: ControlPacket = {
  diagnostic: 0,
  state: "down",
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 77,
  yourDiscriminator: 0,
  desiredMinTx: 1_000_000,
  requiredMinRx: 300_000,
  requiredMinEchoRx: 0,
};

/** A session under test, with its clock. */
class Rig {
  config = config;
  now = 0;
  /** Of the latest event. */
  actions: readonly SessionAction[] = [];
  state: SessionState = newSession(5, config, 0);

  constructor(wish: Partial<SessionConfig> = {}) {
    this.config = { ...config, ...wish };
    this.state = newSession(5, this.config, 0);
  }

  on(event: SessionEvent): this {
    const { actions, state } = step(this.state, event, this.config, this.now, 0);
    this.state = state;
    this.actions = actions;
    return this;
  }

  hear(p: Partial<ControlPacket> = {}): this {
    return this.on({ kind: "packet", packet: { ...fromPeer, yourDiscriminator: 5, ...p } });
  }

  /** Lets time pass, doing what falls due. */
  wait(ms: number): this {
    const until = this.now + ms;
    const actions: SessionAction[] = [];
    for (;;) {
      const at = dueAt(this.state);
      if (at > until) break;
      this.now = Math.max(this.now, at);
      actions.push(...this.on({ kind: "time" }).actions);
    }
    this.now = until;
    this.actions = actions;
    return this;
  }

  /** Up, with the Poll Sequence that follows already confirmed. */
  up(p: Partial<ControlPacket> = {}): this {
    this.hear({ state: "down", yourDiscriminator: 0 }).hear({ state: "up", desiredMinTx: 300_000, ...p });
    return this.hear({ state: "up", final: true, desiredMinTx: 300_000, ...p });
  }

  get sent(): ControlPacket[] {
    return this.actions.flatMap((a) => (a.kind === "send" ? [a.packet] : []));
  }

  get downs(): string[] {
    return this.actions.flatMap((a) => (a.kind === "down" ? [a.cause] : []));
  }
}

/** §6.2 and the end of §6.8.6: state before, state received, state after. */
const table: readonly (readonly [BfdState, BfdState, BfdState])[] = [
  ["down", "admin-down", "down"],
  ["down", "down", "init"],
  ["down", "init", "up"],
  ["down", "up", "down"],
  ["init", "admin-down", "down"],
  ["init", "down", "init"],
  ["init", "init", "up"],
  ["init", "up", "up"],
  ["up", "admin-down", "down"],
  ["up", "down", "down"],
  ["up", "init", "up"],
  ["up", "up", "up"],
];

function bring(rig: Rig, state: BfdState): void {
  if (state === "init" || state === "up") rig.hear({ state: "down" });
  if (state === "up") rig.hear({ state: "up" });
  assert.equal(rig.state.state, state);
}

for (const [before, received, after] of table) {
  test(`§6.8.6: ${before} that receives ${received} is ${after}`, () => {
    const rig = new Rig();
    bring(rig, before);
    assert.equal(rig.hear({ state: received }).state.state, after);
  });
}

test("§6.8.3: a session that is not Up says and keeps one packet a second, or less", () => {
  const rig = new Rig().wait(10_000);
  assert.equal(rig.sent.length, 14); // 0, 750, 1500 … 9750
  for (const p of rig.sent)
    assert.deepEqual([p.state, p.desiredMinTx, p.requiredMinRx, p.yourDiscriminator], ["down", 1_000_000, 300_000, 0]);
  assert.equal(new Rig({ desiredMinTx: 2_000_000 }).state.desiredMinTx, 2_000_000);
});

test("§6.8.7: what changed is told at once, and the first packet of Up begins a Poll Sequence (§6.8.3)", () => {
  const rig = new Rig().wait(100);
  rig.hear({ state: "down", yourDiscriminator: 0 });
  assert.deepEqual(
    rig.sent.map((p) => [p.state, p.poll, p.yourDiscriminator, p.desiredMinTx]),
    [["init", false, 77, 1_000_000]],
  );
  rig.hear({ state: "init" });
  assert.deepEqual(
    rig.sent.map((p) => [p.state, p.poll, p.desiredMinTx]),
    [["up", true, 300_000]],
  );
  assert.ok(rig.wait(1000).sent.every((p) => p.poll));
  rig.hear({ state: "up", final: true });
  assert.equal(rig.state.poll, "no");
  assert.ok(rig.wait(500).sent.every((p) => !p.poll));
});

test("§6.8.7: a Poll is answered at once with Final, which carries no Poll, and does not move the periodic packets", () => {
  const rig = new Rig().up().wait(100);
  const due = rig.state.nextSend;
  rig.hear({ state: "up", poll: true });
  assert.deepEqual(
    rig.sent.map((p) => [p.final, p.poll]),
    [[true, false]],
  );
  assert.equal(rig.state.nextSend, due);
  // Also while a Poll Sequence of our own is on its way.
  rig.config = { ...config, desiredMinTx: 500_000 };
  rig.on({ kind: "configure" }).hear({ state: "up", poll: true });
  assert.deepEqual(
    rig.sent.map((p) => [p.final, p.poll, p.desiredMinTx]),
    [[true, false, 500_000]],
  );
  assert.equal(rig.state.poll, "yes");
});

test("§6.8.2: packets go as far apart as the slower of both wants; 0: none are wanted (§6.8.7)", () => {
  const rig = new Rig().up();
  assert.equal(transmitInterval(rig.state), 300_000);
  assert.equal(transmitInterval(rig.hear({ state: "up", requiredMinRx: 800_000 }).state), 800_000);
  rig.hear({ state: "up", requiredMinRx: 0 });
  assert.equal(rig.state.nextSend, undefined);
});

test("§6.8.3: a shorter interval that the peer allows holds at once, from the last packet on", () => {
  const rig = new Rig().up({ requiredMinRx: 4_000_000, desiredMinTx: 5_000_000 }).wait(5000);
  rig.hear({ state: "up", requiredMinRx: 4_000_000, desiredMinTx: 5_000_000 });
  const { lastSent } = rig.state;
  rig.hear({ state: "up", requiredMinRx: 300_000, desiredMinTx: 5_000_000 });
  assert.equal(rig.state.nextSend, lastSent + 225);
});

test("§6.8.4: the detection time is the peer's multiplier times the slower of what it sends and we bear", () => {
  const rig = new Rig().up({ detectMultiplier: 5, desiredMinTx: 400_000 });
  assert.equal(detectionTime(rig.state), 2_000_000);
  assert.equal(detectionTime(rig.hear({ state: "up", desiredMinTx: 100_000, detectMultiplier: 2 }).state), 600_000);
});

test("§6.8.4: silence for the detection time is Down with diagnostic 1, and the discriminator is forgotten (§6.8.1)", () => {
  const rig = new Rig().up();
  rig.wait(899);
  assert.deepEqual([rig.state.state, rig.downs], ["up", []]);
  rig.wait(1);
  assert.deepEqual([rig.state.state, rig.downs], ["down", ["silent"]]);
  const [told] = rig.sent;
  assert.deepEqual([told!.state, told!.diagnostic, told!.yourDiscriminator, told!.desiredMinTx], ["down", 1, 0, 1_000_000]);
  assert.equal(rig.wait(10_000).sent.length >= 10, true);
});

test("§6.8.3: while Up, a longer interval of ours and a shorter one that we bear wait for the Final", () => {
  const rig = new Rig().up();
  rig.config = { desiredMinTx: 600_000, requiredMinRx: 100_000, detectMultiplier: 3 };
  rig.on({ kind: "configure" });
  assert.deepEqual(
    rig.sent.map((p) => [p.poll, p.desiredMinTx, p.requiredMinRx]),
    [[true, 600_000, 100_000]],
  );
  assert.deepEqual([rig.state.usedMinTx, rig.state.usedMinRx], [300_000, 300_000]);
  rig.hear({ state: "up", final: true, desiredMinTx: 300_000 });
  assert.deepEqual([rig.state.usedMinTx, rig.state.usedMinRx, rig.state.poll], [600_000, 100_000, "no"]);
});

test("§6.5: a change in the middle of a Poll Sequence gets one of its own", () => {
  const rig = new Rig().up();
  rig.config = { ...config, desiredMinTx: 600_000 };
  rig.on({ kind: "configure" });
  rig.config = { ...config, desiredMinTx: 700_000 };
  rig.on({ kind: "configure" });
  assert.equal(rig.hear({ state: "up", final: true }).state.poll, "yes");
  assert.equal(rig.state.usedMinTx, 300_000);
  assert.equal(rig.hear({ state: "up", final: true }).state.poll, "no");
  assert.equal(rig.state.usedMinTx, 700_000);
});

test("§6.8.7: a peer in Demand mode gets no periodic packets while both are Up, but Polls", () => {
  const rig = new Rig().up().hear({ state: "up", demand: true, desiredMinTx: 300_000 });
  assert.equal(rig.state.nextSend, undefined);
  rig.config = { ...config, requiredMinRx: 500_000 };
  rig.on({ kind: "configure" });
  assert.notEqual(rig.state.nextSend, undefined);
  rig.hear({ state: "up", demand: true, final: true });
  assert.equal(rig.state.nextSend, undefined);
  assert.notEqual(rig.hear({ state: "up", demand: false }).state.nextSend, undefined);
});

test("§6.8.7: jitter takes up to a quarter off; with a multiplier of 1 at least a tenth", () => {
  for (const [detectMultiplier, random, part] of [
    [3, 0, 0.75],
    [3, 1, 1],
    [1, 0, 0.75],
    [1, 1, 0.9],
  ] as const) {
    const wish = { ...config, detectMultiplier };
    const { state } = step(newSession(5, wish, 0), { kind: "time" }, wish, 0, random);
    assert.equal(state.nextSend, 1000 * part);
  }
});

test("§6.8.16: disabled says AdminDown with diagnostic 7, and takes nothing before it is enabled", () => {
  const rig = new Rig().up().on({ kind: "disable" });
  assert.deepEqual(rig.downs, ["admin-down"]);
  assert.deepEqual(
    rig.sent.map((p) => [p.state, p.diagnostic]),
    [["admin-down", 7]],
  );
  rig.hear({ state: "up" });
  assert.deepEqual([rig.state.state, rig.actions], ["admin-down", [{ kind: "discarded", rule: "admin-down" }]]);
  assert.equal(rig.on({ kind: "enable" }).hear({ state: "init" }).state.state, "up");
});

test("RFC 5882 §3.2: AdminDown of the peer is told apart from a failure", () => {
  assert.deepEqual(new Rig().up().hear({ state: "admin-down", diagnostic: 7 }).downs, ["neighbor-admin-down"]);
});

test("a peer that does not hear us is told apart from one that lost its memory", () => {
  // §6.8.1: it forgot our discriminator, too, for the detection time passed; its own it keeps.
  assert.deepEqual(new Rig().up().hear({ state: "down", diagnostic: 1, yourDiscriminator: 0 }).downs, ["neighbor-signaled"]);
  assert.deepEqual(new Rig().up().hear({ state: "down", diagnostic: 1 }).downs, ["neighbor-signaled"]);
  assert.deepEqual(new Rig().up().hear({ state: "down", myDiscriminator: 78, yourDiscriminator: 0 }).downs, ["neighbor-restarted"]);
});

test("a process that ended on a host that lives is told apart from a host that died", () => {
  const rig = new Rig().up().wait(300).on({ kind: "refused" });
  assert.equal(rig.state.state, "up");
  assert.deepEqual(rig.wait(600).downs, ["refused"]);
  // It goes on answering, then it does not.
  for (let i = 0; i < 20; i++) {
    rig.wait(1000).on({ kind: "refused" });
    assert.deepEqual(rig.actions, []);
  }
  const silence = (): readonly SessionAction[] => rig.wait(refusalPatience).actions.filter((a) => a.kind === "host-silent");
  assert.equal(silence().length, 1);
  // Told once.
  assert.equal(silence().length, 0);
});

test("a packet proves more than a refusal from before", () => {
  const rig = new Rig().up().on({ kind: "refused" }).hear({ state: "up", desiredMinTx: 300_000 });
  assert.deepEqual(rig.wait(900).downs, ["silent"]);
});
