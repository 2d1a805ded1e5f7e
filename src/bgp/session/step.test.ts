// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { notification } from "../wire/notification.ts";
import type { Open } from "../wire/open.ts";
import type { Action } from "./action.ts";
import type { SessionConfig } from "./config.ts";
import type { SessionEvent } from "./event.ts";
import { type SessionState, initialState, phaseOf } from "./state.ts";
import { step } from "./step.ts";
import { configOf, openFrom } from "./testing/samples.ts";

/** Feeds events one after the other; gives the last state and the actions of the last event. */
function run(events: readonly SessionEvent[], config: SessionConfig = configOf(), from: SessionState = initialState) {
  let state = from;
  let actions: readonly Action[] = [];
  for (const event of events) ({ state, actions } = step(state, event, config));
  return { state, actions, phase: phaseOf(state), said: actions.map(brief) };
}

/** One word per action, so that expectations read as a story. */
function brief(a: Action): string {
  switch (a.kind) {
    case "start-timer":
      return `+${a.timer}=${a.ms}`;
    case "stop-timer":
      return `-${a.timer}`;
    case "send-notification":
      return `notify ${a.connection} ${a.notification.code}/${a.notification.subcode}`;
    case "send-open":
    case "send-keepalive":
    case "close":
      return `${a.kind} ${a.connection}`;
    case "established":
      return `established ${a.connection}`;
    case "down":
      return `down ${a.cause.kind}${a.retain ? ` keep ${a.retain.families.map((f) => f.family).join(",")}` : ""}`;
    case "attempt-failed":
      return `failed ${a.cause.kind}`;
    default:
      return a.kind;
  }
}

const start: SessionEvent = { kind: "start" };
const connected: SessionEvent = { kind: "connected", connection: 1 };
const accepted: SessionEvent = { kind: "accepted", connection: 2 };
const open = (connection: number, o: Open = openFrom()): SessionEvent => ({ kind: "open", connection, open: o });
const alive = (connection: number): SessionEvent => ({ kind: "keepalive", connection });
const upOut: readonly SessionEvent[] = [start, connected, open(1), alive(1)];

describe("the way up — RFC 4271 §8.2.2", () => {
  const rows: [string, readonly SessionEvent[], string, readonly string[]][] = [
    ["ManualStart connects", [start], "connect", ["connect", "+connect-retry=5000"]],
    ["TCP is up: OPEN and the large hold time", [start, connected], "open-sent", ["-connect-retry", "send-open 1", "+hold:1=240000"]],
    [
      "OPEN: KEEPALIVE and the agreed hold time",
      [start, connected, open(1)],
      "open-confirm",
      ["send-keepalive 1", "+hold:1=90000", "+keepalive:1=30000"],
    ],
    ["KEEPALIVE: the session is up", upOut, "established", ["+hold:1=90000", "+settled=30000", "established 1"]],
    ["UPDATE restarts the hold timer", [...upOut, { kind: "update", connection: 1 }], "established", ["+hold:1=90000"]],
    ["KEEPALIVE restarts the hold timer", [...upOut, alive(1)], "established", ["+hold:1=90000"]],
    ["keepalive timer", [...upOut, { kind: "timer", timer: "keepalive:1" }], "established", ["send-keepalive 1", "+keepalive:1=30000"]],
    [
      "refused: wait, soon again",
      [start, { kind: "connect-failed", reason: "refused" }],
      "active",
      ["-connect-retry", "failed connect-failed", "+connect-retry=100"],
    ],
    [
      "ConnectRetryTimer in Active",
      [start, { kind: "connect-failed", reason: "refused" }, { kind: "timer", timer: "connect-retry" }],
      "connect",
      ["connect", "+connect-retry=5000"],
    ],
    [
      "ConnectRetryTimer in Connect",
      [start, { kind: "timer", timer: "connect-retry" }],
      "active",
      ["abort-connect", "failed connect-failed", "+connect-retry=100"],
    ],
  ];
  for (const [name, events, phase, said] of rows) {
    test(name, () => {
      const r = run(events);
      assert.equal(r.phase, phase);
      assert.deepEqual(r.said, said);
    });
  }

  test("a passive peer is waited for", () => {
    const config = configOf({ passive: true });
    assert.deepEqual(run([start], config).said, []);
    assert.equal(run([start], config).phase, "active");
    assert.deepEqual(run([start, accepted], config).said, ["send-open 2", "+hold:2=240000"]);
  });

  test("connections while we are stopped are closed", () => {
    assert.deepEqual(run([accepted]).said, ["close 2"]);
  });

  test("a hold time of 0 stops the timer and sends no keepalives — §4.4", () => {
    const r = run([start, connected, open(1, openFrom({ holdTime: 0 }))]);
    assert.deepEqual(r.said, ["send-keepalive 1", "-hold:1"]);
  });

  test("attempts grow apart up to the configured wait, jittered", () => {
    let state = run([start]).state;
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      for (const event of [
        { kind: "connect-failed", reason: "refused" },
        { kind: "timer", timer: "connect-retry" },
      ] as const) {
        const s = step(state, event, configOf({ connectRetry: 30_000 }));
        state = s.state;
        for (const a of s.actions) if (a.kind === "start-timer" && a.jitter) waits.push(a.ms);
      }
    }
    assert.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  });
});

describe("the way down", () => {
  const closing = (code: string, cause: string, id = 1): string[] => [`notify ${id} ${code}`, `close ${id}`, `-hold:${id}`, cause];
  const rows: [string, readonly SessionEvent[], readonly string[]][] = [
    [
      "hold timer in OpenSent",
      [start, connected, { kind: "timer", timer: "hold:1" }],
      [...closing("4/0", "failed hold-expired"), "+idle-hold=200"],
    ],
    [
      "hold timer in Established — §6.5",
      [...upOut, { kind: "timer", timer: "hold:1" }],
      ["notify 1 4/0", "close 1", "-hold:1", "-keepalive:1", "-settled", "down hold-expired", "+idle-hold=200"],
    ],
    ["KEEPALIVE in OpenSent — RFC 6608", [start, connected, alive(1)], [...closing("5/1", "failed notification-sent"), "+idle-hold=200"]],
    [
      "UPDATE in OpenConfirm — RFC 6608",
      [start, connected, open(1), { kind: "update", connection: 1 }],
      ["notify 1 5/2", "close 1", "-hold:1", "-keepalive:1", "failed notification-sent", "+idle-hold=200"],
    ],
    [
      "ROUTE-REFRESH in OpenSent",
      [start, connected, { kind: "route-refresh", connection: 1 }],
      [...closing("5/1", "failed notification-sent"), "+idle-hold=200"],
    ],
    [
      "OPEN in Established — RFC 6608",
      [...upOut, open(1)],
      ["notify 1 5/3", "close 1", "-hold:1", "-keepalive:1", "-settled", "down notification-sent", "+idle-hold=200"],
    ],
    [
      "a bad header",
      [start, connected, { kind: "fault", connection: 1, notification: notification(1, 1) }],
      [...closing("1/1", "failed notification-sent"), "+idle-hold=200"],
    ],
    [
      "NOTIFICATION is not answered",
      [...upOut, { kind: "notification", connection: 1, notification: notification(6, 4) }],
      ["close 1", "-hold:1", "-keepalive:1", "-settled", "down notification-received", "+idle-hold=200"],
    ],
    [
      "TCP ends",
      [...upOut, { kind: "closed", connection: 1, reason: "reset" }],
      ["-hold:1", "-keepalive:1", "-settled", "down connection-lost", "+idle-hold=200"],
    ],
    [
      "ManualStop says so",
      [...upOut, { kind: "stop", notification: notification(6, 2) }],
      ["notify 1 6/2", "close 1", "-hold:1", "-keepalive:1", "-settled", "down notification-sent"],
    ],
    [
      "a stop for a restart is silent",
      [...upOut, { kind: "stop", notification: undefined }],
      ["close 1", "-hold:1", "-keepalive:1", "-settled", "down stopped"],
    ],
    [
      "a reset comes back by itself",
      [...upOut, { kind: "reset", notification: notification(6, 4), again: "soon" }],
      ["notify 1 6/4", "close 1", "-hold:1", "-keepalive:1", "-settled", "down notification-sent", "+idle-hold=200"],
    ],
    [
      "too many prefixes wait for an operator",
      [...upOut, { kind: "reset", notification: notification(6, 1), again: "when-started" }],
      ["notify 1 6/1", "close 1", "-hold:1", "-keepalive:1", "-settled", "down notification-sent"],
    ],
  ];
  for (const [name, events, said] of rows) test(name, () => assert.deepEqual(run(events).said, said));

  test("idle hold: refuses connections, grows with failures, ends, and is forgotten when a session settles", () => {
    const refused: SessionEvent = { kind: "notification", connection: 1, notification: notification(2, 2) };
    const fail: readonly SessionEvent[] = [{ kind: "timer", timer: "idle-hold" }, connected, refused];
    const once = run([start, connected, refused]);
    assert.equal(once.phase, "idle");
    assert.deepEqual(run([accepted], configOf(), once.state).said, ["close 2"]);
    const twice = run(fail, configOf(), once.state);
    assert.equal(twice.said.at(-1), "+idle-hold=400");
    let state = twice.state;
    for (let i = 0; i < 20; i++) state = run(fail, configOf(), state).state;
    assert.equal(run(fail, configOf(), state).said.at(-1), "+idle-hold=30000");
    const up = run(
      [{ kind: "timer", timer: "idle-hold" }, connected, open(1), alive(1), { kind: "timer", timer: "settled" }],
      configOf(),
      state,
    );
    assert.equal(up.state.failures, 0);
  });

  test("a peer that keeps its routes and crashes again and again finds us listening; our own attempts become rarer", () => {
    const config = configOf({ restart: true });
    const lost: SessionEvent = { kind: "closed", connection: 1, reason: "x" };
    const up = [connected, open(1, openFrom({ restart: {} })), alive(1)] as const;
    let { state, said } = run([start, ...up, lost], config);
    assert.deepEqual(said.slice(-2), ["down connection-lost keep l2vpn-evpn", "+connect-retry=100"]);
    for (let i = 0; i < 4; i++) ({ state, said } = run([{ kind: "timer", timer: "connect-retry" }, ...up, lost], config, state));
    assert.equal(said.at(-1), "+connect-retry=1600");
    assert.match(run([accepted], config, state).said.join(), /^(send-open 2)/);
  });

  test("an operator's start cuts the idle hold short", () => {
    const held = run([start, connected, { kind: "notification", connection: 1, notification: notification(2, 2) }]).state;
    assert.deepEqual(run([start], configOf(), held).said, ["-idle-hold", "connect", "+connect-retry=5000"]);
  });

  test("what comes from connections that are gone changes nothing", () => {
    const { state } = run(upOut);
    for (const event of [open(9), alive(9), { kind: "closed", connection: 9, reason: "x" }, { kind: "timer", timer: "hold:9" }] as const)
      assert.deepEqual(step(state, event, configOf()), { state, actions: [] });
  });
});

describe("OPEN that is refused — RFC 4271 §6.2", () => {
  const rows: [string, Open, string, Partial<SessionConfig>?][] = [
    ["version", { ...openFrom(), version: 3 }, "2/1"],
    ["another AS than configured", openFrom({ asn: 65_001 }), "2/2"],
    ["not on the list", openFrom({ asn: 65_001 }), "2/2", { peerAsn: [65_002, 65_003] }],
    ["our AS where another is wanted", openFrom(), "2/2", { peerAsn: "external" }],
    ["AS 0 — RFC 7607", openFrom({ asn: 0 }), "2/2", { peerAsn: "external" }],
    ["identifier 0", openFrom({ identifier: 0 }), "2/3"],
    ["our identifier in our AS", openFrom({ identifier: configOf().routerId }), "2/3"],
    ["hold time of 2 s", openFrom({ holdTime: 2 }), "2/6"],
    ["optional parameter", { ...openFrom(), parameters: [{ kind: "parameter", type: 1, value: new Uint8Array(2) }] }, "2/4"],
    ["no family in common — RFC 5492 §5", openFrom({ families: ["vpnv4"] }), "2/7"],
    ["no capabilities at all is IPv4 unicast", { ...openFrom(), parameters: [] }, "2/7"],
  ];
  for (const [name, bad, code, config] of rows) {
    test(name, () => {
      const r = run([start, connected, open(1, bad)], configOf(config));
      assert.equal(r.said[0], `notify 1 ${code}`);
      assert.equal(r.phase, "idle");
    });
  }

  test("accepted: AS of a list, any other AS, an equal identifier in another AS — RFC 6286 §2.1", () => {
    for (const [o, config] of [
      [openFrom({ asn: 65_001 }), { peerAsn: [65_001, 65_002] }],
      [openFrom({ asn: 4_200_000_001 }), { peerAsn: "external" as const }],
      [openFrom({ asn: 65_001, identifier: configOf().routerId }), { peerAsn: 65_001 }],
    ] as const)
      assert.equal(run([start, connected, open(1, o)], configOf(config)).phase, "open-confirm");
  });
});

describe("two connections — RFC 4271 §6.8", () => {
  const low = configOf({ routerId: 1 });
  const high = configOf({ routerId: 0xffff_ffff });

  test("the lower identifier gives up its own connection, whichever OPEN comes first", () => {
    for (const first of [1, 2]) {
      const r = run([start, connected, accepted, open(first)], low);
      assert.ok(r.said.includes("notify 1 6/7"), r.said.join());
      assert.deepEqual(
        r.state.connections.map((c) => c.id),
        [2],
      );
    }
  });

  test("the higher identifier keeps its own", () => {
    for (const first of [1, 2]) {
      const r = run([start, connected, accepted, open(first)], high);
      assert.ok(r.said.includes("notify 2 6/7"), r.said.join());
      assert.deepEqual(
        r.state.connections.map((c) => c.id),
        [1],
      );
    }
  });

  test("equal identifiers: the higher AS — RFC 6286 §2.3", () => {
    const config = configOf({ routerId: 7, peerAsn: 65_001 });
    const r = run([start, connected, accepted, open(1, openFrom({ identifier: 7, asn: 65_001 }))], config);
    assert.ok(r.said.includes("notify 1 6/7"));
  });

  test("an established session stays; the newcomer goes when it identifies itself", () => {
    const r = run([...upOut, accepted]);
    assert.deepEqual(r.said, ["send-keepalive 1", "send-open 2", "+hold:2=240000"]);
    const after = run([open(2)], configOf(), r.state);
    assert.deepEqual(after.said, ["notify 2 6/7", "close 2", "-hold:2"]);
    assert.equal(after.phase, "established");
  });

  test("unless it says that it restarted — RFC 4724 §5", () => {
    const restarted = openFrom({ restart: { restarted: true } });
    const config = configOf({ restart: true });
    const up = run([start, connected, open(1, openFrom({ restart: {} })), alive(1), accepted], config);
    const after = run([open(2, restarted)], config, up.state);
    assert.deepEqual(after.said.slice(0, 5), ["close 1", "-hold:1", "-keepalive:1", "-settled", "down peer-restarted keep l2vpn-evpn"]);
    assert.equal(after.phase, "open-confirm");
  });

  test("when one is established, the other is closed", () => {
    const config = configOf({ routerId: 1 });
    const { state } = run([start, accepted, open(2), connected], config);
    const r = run([alive(2)], config, state);
    assert.equal(r.phase, "established");
    assert.ok(r.said.includes("notify 1 6/7"));
  });

  test("losing a collision is no failure", () => {
    const r = run([start, connected, { kind: "notification", connection: 1, notification: notification(6, 7) }]);
    assert.equal(r.state.failures, 0);
    assert.equal(r.phase, "active");
  });

  test("a second connection of the peer replaces its first", () => {
    const r = run([start, accepted, { kind: "accepted", connection: 3 }], configOf({ passive: true }));
    assert.deepEqual(r.said.slice(0, 2), ["close 2", "-hold:2"]);
    assert.deepEqual(
      r.state.connections.map((c) => c.id),
      [3],
    );
  });
});

describe("what becomes of the routes — RFC 4724, RFC 8538", () => {
  const plain = { restart: true } as const;
  const upWith = (n: boolean, config: SessionConfig) =>
    run([start, connected, open(1, openFrom({ restart: { notification: n } })), alive(1)], config).state;
  const rows: [string, SessionEvent, boolean, boolean][] = [
    // event, kept without the N bit, kept with it
    ["TCP lost", { kind: "closed", connection: 1, reason: "x" }, true, true],
    ["NOTIFICATION received", { kind: "notification", connection: 1, notification: notification(6, 4) }, false, true],
    ["Hard Reset received", { kind: "notification", connection: 1, notification: notification(6, 9) }, false, false],
    ["malformed UPDATE", { kind: "fault", connection: 1, notification: notification(3, 1) }, false, true],
    ["fell silent", { kind: "timer", timer: "hold:1" }, false, false],
    ["BFD down", { kind: "path-down", why: "silence" }, false, false],
    ["BFD Down received", { kind: "notification", connection: 1, notification: notification(6, 10) }, false, false],
    ["our shutdown", { kind: "stop", notification: notification(6, 2) }, false, false],
    ["our reset", { kind: "reset", notification: notification(6, 4), again: "soon" }, false, false],
  ];
  for (const [name, event, without, withN] of rows) {
    test(name, () => {
      for (const [n, kept] of [
        [false, without],
        [true, withN],
      ] as const) {
        const config = configOf(plain);
        const down = step(upWith(n, config), event, config).actions.find((a) => a.kind === "down");
        assert.equal(down?.kind === "down" && down.retain !== undefined, kept, `N=${n}`);
      }
    });
  }

  for (const [keepWhenSilent, reflectedOnly] of [
    ["everything", false],
    ["reflected", true],
  ] as const) {
    test(`of the silent is kept: ${keepWhenSilent}`, () => {
      const config = configOf({ ...plain, keepWhenSilent });
      const retain = { families: [{ family: "l2vpn-evpn", restartTime: 120, staleTime: 0 }], reflectedOnly };
      // RFC 5882 §4.2 and RFC 9384: whichever end finds it out first, and in whatever way.
      for (const event of [
        { kind: "timer", timer: "hold:1" },
        { kind: "path-down", why: "silence" },
        { kind: "notification", connection: 1, notification: notification(6, 10) },
      ] as const) {
        const down = step(upWith(true, config), event, config).actions.find((a) => a.kind === "down");
        assert.deepEqual(down?.kind === "down" && down.retain, retain);
      }
    });
  }

  test("a broken path ends an established session with Cease/BFD Down, and nothing else — RFC 5882 §4.2, RFC 9384", () => {
    const config = configOf({ ...plain, keepWhenSilent: "reflected" });
    const { actions } = step(upWith(true, config), { kind: "path-down", why: "silence" }, config);
    const sent = actions.find((a) => a.kind === "send-notification");
    assert.deepEqual(sent?.kind === "send-notification" && [sent.notification.code, sent.notification.subcode], [6, 10]);
    const { state } = run([start, connected], config);
    assert.deepEqual(step(state, { kind: "path-down", why: "silence" }, config), { state, actions: [] });
  });

  test("a decision of ours goes out as Hard Reset when the peer would keep routes otherwise — RFC 8538 §3.1", () => {
    const config = configOf(plain);
    const { actions } = step(upWith(true, config), { kind: "stop", notification: notification(6, 2) }, config);
    const sent = actions.find((a) => a.kind === "send-notification");
    assert.deepEqual(sent?.kind === "send-notification" && [...sent.notification.data], [6, 2]);
    assert.equal(sent?.kind === "send-notification" && sent.notification.subcode, 9);
  });
});
