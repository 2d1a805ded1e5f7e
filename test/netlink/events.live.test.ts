// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../../src/base/net/ip.ts";
import type { Mac } from "../../src/base/net/mac.ts";
import { FDB_DYNAMIC, type FdbRequest, fdb } from "../../src/netlink/route/fdb.ts";
import { link } from "../../src/netlink/route/link.ts";
import { neighbour } from "../../src/netlink/route/neighbour.ts";
import { NTF_EXT_LEARNED, NTF_SELF, NUD_NOARP } from "../../src/netlink/route/neighbour-flags.ts";
import type { NetlinkEvent } from "../../src/netlink/route/request.ts";
import { TestNamespace } from "./test-namespace.ts";

const remote = "10.0.0.2" as Ip;
let ns: TestNamespace;
before(() => {
  ns = new TestNamespace("nlev");
  ns.conn.run(link.add({ name: "vx0", up: true, kind: { kind: "vxlan", id: 100, local: "10.0.0.1" as Ip, port: 4789, learning: false } }));
});
after(() => ns.remove());

function manyEntries(count: number, high: string): FdbRequest[] {
  const ifindex = ns.index("vx0");
  return Array.from({ length: count }, (_, n) => {
    const low = n
      .toString(16)
      .padStart(6, "0")
      .replace(/(..)(?!$)/g, "$1:");
    return fdb.add({ ifindex, mac: `02:${high}:00:${low}` as Mac, dst: remote });
  });
}

/** Waits until `done` is true; gives up long after it must have been. */
async function until(done: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (done()) return;
    await sleep(10);
  }
  assert.fail(`waited in vain for ${what}`);
}

test("changes made by iproute2 and by us arrive as events, deletions too", async () => {
  const events: NetlinkEvent[] = [];
  const lost: string[] = [];
  const subscription = ns.conn.subscribe(["link", "fdb", "neighbour", "address", "route", "bridge-port"], {
    onEvents: (batch) => void events.push(...batch),
    onOverrun: (reason) => void lost.push(reason),
  });
  const saw = (object: string, change: string, matches: (value: never) => boolean): (() => boolean) => {
    return () => events.some((e) => e.object === object && e.change === change && matches(e.value as never));
  };
  ns.ip("link", "add", "br1", "type", "bridge");
  await until(
    saw("link", "new", (l: { name: string }) => l.name === "br1"),
    "the new bridge",
  );
  ns.ip("link", "set", "vx0", "master", "br1");
  await until(
    saw("bridge-port", "new", (p: { ifindex: number }) => p.ifindex === ns.index("vx0")),
    "the new port",
  );
  ns.conn.run(...manyEntries(1, "0e"));
  await until(
    saw("fdb", "new", (e: { mac: string }) => e.mac === "02:0e:00:00:00:00"),
    "our own entry",
  );
  ns.ip("addr", "add", "192.168.1.1/24", "dev", "br1");
  await until(
    saw("address", "new", (a: { ip: string }) => a.ip === "192.168.1.1"),
    "the address",
  );
  ns.ip("neigh", "add", "192.168.1.2", "lladdr", "02:00:00:00:00:02", "dev", "br1");
  await until(
    saw("neighbour", "new", (n: { ip: string }) => n.ip === "192.168.1.2"),
    "the neighbour",
  );
  ns.ip("link", "set", "vx0", "nomaster");
  await until(
    saw("bridge-port", "delete", (p: { ifindex: number }) => p.ifindex === ns.index("vx0")),
    "the port leaving",
  );
  assert.equal(saw("link", "delete", (l: { name: string }) => l.name === "vx0")(), false, "leaving a bridge is no end of a link");
  ns.ip("link", "del", "br1");
  await until(
    saw("link", "delete", (l: { name: string }) => l.name === "br1"),
    "the bridge's end",
  );
  subscription.close();
  const count = events.length;
  ns.conn.run(link.add({ name: "br2", kind: { kind: "bridge" } }), link.delete("br2"));
  await sleep(50);
  assert.equal(events.length, count, "nothing comes after close");
  assert.deepEqual(lost, []);
});

test("a batch of 20,000 entries is all there, its events come in batches, and none is lost", async () => {
  let events = 0;
  let calls = 0;
  const subscription = ns.conn.subscribe(["fdb"], {
    onEvents: (batch) => {
      events += batch.length;
      calls++;
    },
    onOverrun: (reason) => assert.fail(reason),
  });
  const requests = manyEntries(20_000, "20");
  const results = await ns.conn.executeInSlices([...requests, requests[7]!]);
  assert.deepEqual(
    results.flatMap((r, i) => (r ? [[i, r.errnoName]] : [])),
    [[20_000, "EEXIST"]],
  );
  assert.equal(ns.conn.dump("fdb").filter((e) => e.mac.startsWith("02:20:")).length, 20_000);
  assert.equal(ns.bridge("fdb", "show", "dev", "vx0").match(/^02:20:/gm)?.length, 20_000);
  await until(() => events >= 20_000, "20,000 events");
  assert.ok(calls < 10_000, `${calls} calls for ${events} events`);
  subscription.close();
});

test("of a bulk without its echo, only what others would have to know is told: what goes unless it takes entries, what has no mark; later all again", async () => {
  const told: string[] = [];
  const subscription = ns.conn.subscribe(["fdb", "neighbour"], {
    onEvents: (batch) => {
      for (const e of batch) {
        if (e.object === "fdb" && e.value.mac.startsWith("02:ec:")) told.push(`${e.change} ${e.value.mac.slice(-2)}`);
        if (e.object === "neighbour" && e.value.ip.startsWith("192.0.2.")) told.push(`${e.change} ${e.value.ip}`);
      }
    },
    onOverrun: (reason) => assert.fail(reason),
  });
  const ifindex = ns.index("vx0");
  const entry = (n: number, flags: number) => ({ ifindex, mac: `02:ec:00:00:00:0${n}` as Mac, dst: remote, state: FDB_DYNAMIC, flags });
  const own = NTF_SELF | NTF_EXT_LEARNED;
  const address = { ifindex, ip: "192.0.2.1" as Ip, mac: "02:ec:00:00:00:01" as Mac, state: NUD_NOARP, flags: NTF_EXT_LEARNED };
  const requests = [
    fdb.replace(entry(1, own)),
    fdb.replace(entry(2, NTF_SELF)),
    fdb.delete(entry(1, NTF_SELF)),
    neighbour.replace(address),
  ];
  assert.deepEqual(
    ns.conn.execute(requests, { withoutEcho: true }),
    requests.map(() => undefined),
  );
  ns.conn.run(fdb.replace(entry(3, own)), neighbour.replace({ ...address, ip: "192.0.2.2" as Ip }));
  await until(() => told.includes("new 192.0.2.2"), "the last event");
  assert.deepEqual(told, ["new 02", "delete 01", "new 03", "new 192.0.2.2"]);
  told.length = 0;
  const taken = [fdb.delete(entry(2, NTF_SELF)), fdb.delete(entry(3, NTF_SELF)), fdb.replace(entry(4, own))];
  assert.deepEqual(
    ns.conn.execute(taken, { withoutEcho: true, takesEntries: true }),
    taken.map(() => undefined),
  );
  ns.conn.run(fdb.delete(entry(4, NTF_SELF)));
  await until(() => told.includes("delete 04"), "the last event");
  assert.deepEqual(told, ["delete 02", "delete 04"]);
  subscription.close();
});

test("an overrun is told, a dump then gives the truth, and events go on", async () => {
  const small = new TestNamespace("nlover", 1);
  try {
    small.conn.run(link.add({ name: "vx0", up: true, kind: { kind: "vxlan", id: 100, port: 4789, learning: false } }));
    const ifindex = small.index("vx0");
    const known: string[] = [];
    const late: string[] = [];
    let overruns = 0;
    const subscription = small.conn.subscribe(["fdb"], {
      onEvents: (batch) => {
        for (const e of batch) if (e.object === "fdb") (overruns > 0 ? late : known).push(e.value.mac);
      },
      onOverrun: () => {
        overruns++;
        for (const e of small.conn.dump("fdb", { ifindex })) known.push(e.mac);
      },
    });
    const flood = manyEntries(5000, "30").map((r) => fdb.add({ ...r.entry, ifindex }));
    assert.equal(
      small.conn.execute(flood).find((r) => r !== undefined),
      undefined,
    );
    await until(() => overruns > 0, "the overrun");
    assert.equal(new Set(known.filter((m) => m.startsWith("02:30:"))).size, 5000);
    small.conn.run(fdb.add({ ifindex, mac: "02:31:00:00:00:01" as Mac, dst: remote }));
    await until(() => late.length > 0, "an event after the overrun");
    // What had waited from before came before: a dump made at the overrun is newer than all of it.
    assert.deepEqual(late, ["02:31:00:00:00:01"]);
    subscription.close();
  } finally {
    small.remove();
  }
});

test("a dump in slices gives what a dump in one piece gives, and lets the loop and other requests have their turn", async () => {
  const requests = manyEntries(20_000, "0d");
  await ns.conn.executeInSlices(requests);
  const ifindex = ns.index("vx0");
  const found: string[] = [];
  let parts = 0;
  let turns = 0;
  const turn = (): void => void (turns++, (next = setImmediate(turn)));
  let next = setImmediate(turn);
  for await (const part of ns.conn.dumpInSlices("fdb", { ifindex }, { sliceMs: 1 })) {
    parts++;
    for (const e of part) found.push(e.mac);
    assert.equal(ns.conn.dump("link", { name: "vx0" }).length, 1, "the connection is free meanwhile");
  }
  clearImmediate(next);
  assert.ok(parts > 2, `${parts} parts`);
  assert.ok(turns >= parts - 1, `${turns} turns for ${parts} parts`);
  const whole = ns.conn.dump("fdb", { ifindex }).map((e) => e.mac);
  assert.deepEqual(found.toSorted(), [...whole].toSorted());
});
