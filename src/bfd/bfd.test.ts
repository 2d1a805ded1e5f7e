// SPDX-License-Identifier: Apache-2.0
/** Real threads, real sockets, on loopback addresses. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../base/net/ip.ts";
import { systemClock } from "../base/run/clock.ts";
import { MemoryJournal } from "../base/run/journal.ts";
import { MemoryMetrics } from "../base/run/metrics.ts";
import { Bfd } from "./bfd.ts";
import { keyOf, type WantedSession } from "./engine/session-key.ts";

const config = { desiredMinTx: 100_000, requiredMinRx: 100_000, detectMultiplier: 10 };

class Side {
  readonly journal = new MemoryJournal();
  readonly metrics = new MemoryMetrics();
  readonly downs: string[] = [];
  readonly bfd: Bfd;

  constructor() {
    this.bfd = new Bfd({
      clock: systemClock,
      journal: this.journal,
      metrics: this.metrics,
      hasSeries: (peer) => peer !== "127.9.6.12",
      onDown: ({ cause }) => void this.downs.push(cause),
      onHostSilent: () => {},
    });
  }
}

const sides: Side[] = [];
after(async () => await Promise.all(sides.map(async (s) => await s.bfd.stop())));

function side(): Side {
  const s = new Side();
  sides.push(s);
  return s;
}

async function until(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 3000 && !(await done()); i++) await sleep(10);
  assert.ok(await done(), `waited in vain for ${what}`);
}

const isUp = (s: Side, wanted: WantedSession): boolean => s.bfd.session(keyOf(wanted))?.state === "up";

for (const [local, peer, multihop] of [
  ["127.9.6.1" as Ip, "127.9.6.2" as Ip, false],
  ["127.9.6.3" as Ip, "127.9.6.4" as Ip, true],
] as const) {
  test(`two threads hold a ${multihop ? "multihop" : "single-hop"} session while this one stands still, and part in peace`, async () => {
    const [a, b] = [side(), side()];
    const [ab, ba] = [
      { local, peer, multihop, config },
      { local: peer, peer: local, multihop, config },
    ];
    a.bfd.want(ab);
    // Nobody is there yet.
    b.bfd.want(ba);
    await until("both to be up", () => isUp(a, ab) && isUp(b, ba));
    // The first packet with which the other says that it is up also brings its timers.
    await until("the timers to be agreed", async () => (await a.bfd.rows())[0]?.detectionTime === 1000);
    const [row] = await a.bfd.rows();
    assert.deepEqual([row!.state, row!.remoteState, row!.interval, row!.detectionTime, row!.ups], ["up", "up", 100, 1000, 1]);
    for (const direction of ["in", "out"]) assert.ok(a.metrics.scrape().get(`weft_bfd_packets_total{direction="${direction}"}`)! > 0);
    assert.equal(a.metrics.values.get('weft_bfd_discards_total{rule="low-ttl"}'), 0);
    // Half as long again as the detection time without a turn of this thread's loop.
    const began = performance.now();
    while (performance.now() - began < 1500);
    await sleep(0);
    assert.deepEqual([a.downs, b.downs, isUp(a, ab)], [[], [], true]);
    b.bfd.forget(keyOf(ba));
    await until("a to hear of it", () => a.downs.length > 0);
    assert.deepEqual(a.downs, ["neighbor-admin-down"]);
    assert.deepEqual(await b.bfd.rows(), []);
    assert.equal(a.journal.events.at(-1)!.message, `BFD session with ${peer} is down: shut down by the peer`);
  });
}

test("a session waits for its address, and says so", async () => {
  const s = side();
  const wanted = { local: "192.0.2.77" as Ip, peer: "192.0.2.78" as Ip, multihop: false, config };
  s.bfd.want(wanted);
  await until("the problem to be told", () => s.bfd.session(keyOf(wanted))?.problem !== undefined);
  assert.match(s.bfd.session(keyOf(wanted))!.problem!, /EADDRNOTAVAIL/);
});

test("a fault in the thread costs a moment, and nobody is called down for it", async () => {
  const [a, b] = [side(), side()];
  const [local, peer] = ["127.9.6.7" as Ip, "127.9.6.8" as Ip];
  const [ab, ba] = [
    { local, peer, multihop: false, config },
    { local: peer, peer: local, multihop: false, config },
  ];
  a.bfd.want(ab);
  b.bfd.want(ba);
  await until("both to be up", () => isUp(a, ab) && isUp(b, ba));
  // No address: what no configuration can ask for, so the thread does not know what to do with it.
  const bad = { ...ab, local: "nowhere" as Ip };
  a.bfd.want(bad);
  await until("the thread to end", () => a.journal.events.some((e) => e.event === "bfd.thread-ended"));
  a.bfd.forget(keyOf(bad));
  await until("the session to be up in another thread", () => isUp(a, ab) && isUp(b, ba));
  assert.deepEqual(
    a.downs.filter((d) => d === "silent"),
    [],
  );
});

test("every session is in the totals, and in a series of its own where its peer has one", () => {
  const s = side();
  const local = "127.9.6.10" as Ip;
  for (const peer of ["127.9.6.11" as Ip, "127.9.6.12" as Ip]) s.bfd.want({ local, peer, multihop: false, config });
  const series = Array.from(s.metrics.scrape()).filter(([name]) => name.startsWith("weft_bfd_session"));
  assert.deepEqual(series, [
    ['weft_bfd_session_up{peer="127.9.6.11"}', 0],
    ['weft_bfd_sessions{state="up"}', 0],
    ['weft_bfd_sessions{state="down"}', 2],
  ]);
});

test("what was stopped stays stopped, and a stop ends the thread", async () => {
  const s = side();
  s.bfd.want({ local: "127.9.6.5" as Ip, peer: "127.9.6.6" as Ip, multihop: false, config });
  await s.bfd.stop();
  await s.bfd.stop();
  s.bfd.want({ local: "127.9.6.5" as Ip, peer: "127.9.6.6" as Ip, multihop: false, config });
  assert.equal(s.bfd.sessions.size, 0);
  assert.deepEqual(await s.bfd.rows(), []);
});
