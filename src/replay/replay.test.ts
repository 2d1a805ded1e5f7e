// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import { MemoryJournal } from "../base/run/journal.ts";
import { FakeHost } from "../agent/testing/fake-host.ts";
import { RemoteHost } from "../agent/testing/remote-host.ts";
import { fdb } from "../netlink/route/fdb.ts";
import { link } from "../netlink/route/link.ts";
import { NTF_SELF } from "../netlink/route/neighbour-flags.ts";
import { parseRecording, type Recording } from "../record/read-recording.ts";
import { replay } from "./replay.ts";
import { RecordedAgent } from "./testing/recorded-agent.ts";

const h2 = new RemoteHost("10.0.0.2");
const h3 = new RemoteHost("10.0.0.3");
const mac = "02:00:00:00:01:02";
const own = "domains: [{ name: shop }]\nnetworks: [{ name: plain, vni: 100 }, { name: web, vni: 101, domain: shop }]\n";

/** Start, routes, a move here and away, a repair, a failure with its retry, lost events, a restart of the peer's routes. */
async function eventful(): Promise<{ readonly recording: Recording; readonly text: string }> {
  const host = new FakeHost();
  host.addAdopted(200);
  const agent = new RecordedAgent(`adopt: true\n${own}`, host);
  await agent.start();
  await agent.hear(h2.multicast(200), h2.mac(200, mac), h2.mac(200, mac, { ip: "192.168.1.2" }), h3.multicast(101));
  agent.vtep.convergedBy("test");
  await agent.wait(3000);
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br200") }));
  await agent.settle();
  host.learn("", "p1", mac);
  await agent.settle();
  await agent.hear(h2.gone(200, mac), h2.gone(200, mac, "192.168.1.2"));
  await agent.hear(h3.mac(200, mac, { sequence: 5 }));
  host.run("", fdb.delete({ ifindex: host.index("", "vx200"), mac: mac as Mac, flags: NTF_SELF }));
  await agent.settle();
  host.kernel.failNext((r) => r.object === "fdb" && r.entry.mac === "02:00:00:00:09:09", "ENOSPC", "no room", 2);
  await agent.hear(h2.mac(101, "02:00:00:00:09:09"));
  for (const ms of [500, 500, 2000]) await agent.wait(ms);
  host.run("", fdb.deleteFlood(host.index("", "vx200"), "10.0.0.2" as Ip));
  host.kernel.overrun();
  await agent.settle();
  return await agent.end();
}

test("what an agent decided is decided again, whatever the hash tables", async () => {
  const { recording } = await eventful();
  assert.equal(recording.brokenOff, false);
  const journal = new MemoryJournal();
  const first = await replay(recording, { journal, seed: 1 });
  assert.equal(first.difference, undefined, JSON.stringify(first.difference));
  assert.ok(first.decisions > 50, String(first.decisions));
  const names = new Set(journal.events.map((e) => e.event));
  for (const name of [
    "agent.started",
    "agent.converged",
    "kernel.repaired",
    "kernel.object-failed",
    "kernel.object-recovered",
    "kernel.overrun",
  ])
    assert.ok(names.has(name), `${name} is not among ${[...names].join()}`);
  const second = await replay(recording, { seed: 77 });
  assert.deepEqual(second, first);
});

test("a recording that breaks off anywhere is replayed as far as it goes", async () => {
  const { text } = await eventful();
  // Without the last, which says that it did not break off.
  const lines = text.trimEnd().split("\n").slice(0, -1);
  for (let n = 1; n <= lines.length; n += 17) {
    const part = parseRecording(`${lines.slice(0, n).join("\n")}\n{"t":1,"in`, "part.jsonl");
    assert.equal(part.brokenOff, true);
    const { difference } = await replay(part);
    assert.equal(difference, undefined, `cut after line ${n}: ${JSON.stringify(difference)}`);
  }
});

test("the first decision that is another is named, in the kernel, in routes and to peers", async () => {
  const { recording } = await eventful();
  const changed = async (change: (text: string) => string): Promise<unknown> => {
    const lines = recording.lines.map((l) => ("out" in l ? (JSON.parse(change(JSON.stringify(l))) as typeof l) : l));
    const { difference } = await replay({ ...recording, lines });
    return difference && [difference.channel, difference.recorded, difference.replayed];
  };
  assert.deepEqual(await changed((s) => s.replace("dst 10.0.0.2", "dst 10.0.0.99")), [
    "kernel",
    "bridge fdb append 00:00:00:00:00:00 dev 5 dst 10.0.0.99 self extern_learn permanent",
    "bridge fdb append 00:00:00:00:00:00 dev 5 dst 10.0.0.2 self extern_learn permanent",
  ]);
  const [channel] = (await changed((s) => s.replace(/announce 02/, "announce 05"))) as string[];
  assert.equal(channel, "routes");
  const [to] = (await changed((s) => s.replace(/"octets":\d+/, '"octets":1'))) as string[];
  assert.match(to!, /^to 2$/);
});

test("a decision that is missing, and one that is too many, are differences", async () => {
  const { recording } = await eventful();
  const isDelete = (s: string): boolean => s.includes("bridge fdb del");
  const without = recording.lines.map((l) => ("out" in l && l.out === "kernel" ? { ...l, do: l.do.filter((s) => !isDelete(s)) } : l));
  const tooMany = (await replay({ ...recording, lines: without })).difference;
  assert.match(tooMany?.replayed ?? "", /bridge fdb del/);
  const extra = recording.lines.map((l) =>
    "out" in l && l.out === "kernel" && l.do.some(isDelete) ? { ...l, do: [...l.do, "bridge fdb del of nobody"] } : l,
  );
  const missing = (await replay({ ...recording, lines: extra })).difference;
  assert.equal(missing?.recorded, "bridge fdb del of nobody");
});

test("what is decided long before its time is a difference", async () => {
  const { recording } = await eventful();
  const lines = [...recording.lines];
  const at = lines.findLastIndex((l) => "out" in l && l.out === "routes");
  const [late] = lines.splice(at, 1);
  lines.splice(-1, 0, { ...late!, t: 1_000_000 });
  const { difference } = await replay({ ...recording, lines });
  assert.match(difference?.replayed ?? "", /already at \d/);
  assert.equal(difference?.t, 1_000_000);
});

test("a replay ends where it is told to", async () => {
  const { recording } = await eventful();
  const whole = await replay(recording);
  const part = await replay(recording, { until: 2999 });
  assert.equal(part.difference, undefined);
  assert.ok(part.inputs < whole.inputs && part.duration <= 2999);
});

test("a crash is found again, and told from one that the recorded agent did not have", async () => {
  const { recording } = await eventful();
  const crashing = (why: string): Recording => {
    const at = recording.lines.findIndex((l) => "in" in l && l.in === "peer-up");
    const broken = { ...recording.lines[at]!, peer: undefined } as unknown as Recording["lines"][number];
    return { ...recording, lines: [...recording.lines.slice(0, at), broken, { t: 9, in: "end", why }] };
  };
  const { crash } = await replay(crashing("stopped"));
  assert.equal(crash?.isRecorded, false);
  const again = await replay(crashing(`crashed: ${crash.error.name}: ${crash.error.message}`));
  assert.equal(again.crash?.isRecorded, true);
  assert.equal(again.difference, undefined);
});
