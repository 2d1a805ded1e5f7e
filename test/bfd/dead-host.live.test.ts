// SPDX-License-Identifier: Apache-2.0
/** A host that dies is forgotten at once although it asked for graceful restart; one whose agent dies keeps its traffic. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { restartWeft, weftReady } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";
import { addressOf, BothWays, eventsOf, metric, peers, reachEachOther } from "../resilience/pair.ts";
import { bfdRows, bfdUp, knowsWorkload, type WatchedHosts, watchedHosts } from "./watched-hosts.ts";

const net = new Scratch("bfddead");
after(async () => await net.remove());

let { h1, h2, rr, segment, w1, w2 } = {} as WatchedHosts;
before(async () => void ({ h1, h2, rr, segment, w1, w2 } = await watchedHosts(net)));

const messages = async (event: string): Promise<readonly string[]> =>
  (await eventsOf(rr)).filter((e) => e.event === event).map((e) => e.message);

test("sessions come up by themselves, also with peers out of a range, and are shown", async () => {
  const rows = await bfdRows(rr);
  assert.deepEqual(
    rows.map((r) => [r.peer, r.local, r.multihop, r.state, r.interval, r.detectionTime, r.downs, r.problem]),
    [1, 2].map((n) => [addressOf(n), addressOf(9), false, "up", 300, 900, 0, null]),
  );
  assert.deepEqual(
    (await peers(h1)).map((p) => [p.peer, p.bfd]),
    [[addressOf(9), "up"]],
  );
  assert.equal(await metric(rr, "weft_bfd_session_up"), 2);
  assert.equal(await metric(rr, "weft_bfd_discards_total"), 0);
});

test("an agent that is killed loses no packet, however long it is away, and nobody forgets its routes", async () => {
  const pings = new BothWays(w1, w2);
  await pings.started();
  await stopProcess(h1, "agent", "SIGKILL");
  await waitFor("the reflector to miss its BFD", async () => (await messages("bfd.session-down")).length === 1, { within: 30_000 });
  assert.deepEqual(await messages("bfd.session-down"), [
    `BFD session with ${addressOf(1)} is down: its BFD process ended; the host itself answers`,
  ]);
  // About one a second of them goes to h1: for longer than a host that answers no more is borne with.
  const sent = async (): Promise<number> => await metric(rr, "weft_bfd_packets_total", 'direction="out"');
  const enough = (await sent()) + 50;
  await waitFor("the reflector to have asked often enough", async () => (await sent()) > enough, { within: 60_000 });
  assert.ok(await knowsWorkload(h2, 1));
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  await bfdUp(h1, 1);
  await bfdUp(rr, 2);
  assert.deepEqual(await pings.losses(), [0, 0]);
  assert.deepEqual(await messages("bfd.host-silent"), []);
});

test("an agent that is stopped and started says that it is no failure", async () => {
  const pings = new BothWays(w1, w2);
  await pings.started();
  await stopProcess(h1, "agent", "SIGTERM");
  await waitFor("the reflector to be told", async () => (await messages("bfd.session-down")).at(-1)?.endsWith("shut down by the peer"));
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  await bfdUp(rr, 2);
  assert.deepEqual(await pings.losses(), [0, 0]);
});

test("a host that dies is forgotten by the others, long before its hold time and in spite of graceful restart", async () => {
  assert.ok(await knowsWorkload(h2, 1));
  await net.ip(segment, ["link set port0 down"]);
  await waitFor("h2 to forget it", async () => !(await knowsWorkload(h2, 1)), { within: 30_000 });
  const ended = (await messages("bgp.session-down")).at(-1)!;
  assert.equal(
    ended,
    `session with ${addressOf(1)} is down: BFD is down: nothing was heard for the detection time; its routes stay for now (l2vpn-evpn, those that it passed on for others, for 600 s; rt-constrain, those that it passed on for others, for 600 s)`,
  );
  await net.ip(segment, ["link set port0 up"]);
  await reachEachOther(w1, w2);
  await bfdUp(rr, 2);
  await bfdUp(h1, 1);
});

test("a host that dies after its agent did is forgotten, too", async () => {
  await stopProcess(h1, "agent", "SIGKILL");
  await waitFor(
    "the reflector to miss its BFD",
    async () => (await messages("bfd.session-down")).at(-1)?.includes("the host itself answers"),
    {
      within: 30_000,
    },
  );
  assert.ok(await knowsWorkload(h2, 1));
  await net.ip(segment, ["link set port0 down"]);
  await waitFor("h2 to forget it", async () => !(await knowsWorkload(h2, 1)), { within: 60_000 });
  assert.equal((await messages("bfd.host-silent")).length, 1);
  await net.ip(segment, ["link set port0 up"]);
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  await reachEachOther(w1, w2);
});
