// SPDX-License-Identifier: Apache-2.0
/** Whatever happens to an agent, in whatever order: a replay decides the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../base/net/ip.ts";
import { FakeHost } from "../agent/testing/fake-host.ts";
import type { Mac } from "../base/net/mac.ts";
import { RemoteHost } from "../agent/testing/remote-host.ts";
import { neighbour } from "../netlink/route/neighbour.ts";
import { NTF_EXT_LEARNED, NUD_STALE } from "../netlink/route/neighbour-flags.ts";
import { link } from "../netlink/route/link.ts";
import { replay } from "./replay.ts";
import { RecordedAgent } from "./testing/recorded-agent.ts";

const remotes = [new RemoteHost("10.0.0.2"), new RemoteHost("10.0.0.3")] as const;

/** Something that happens, with words for a failing walk. */
interface Step {
  readonly words: string;
  readonly run: (agent: RecordedAgent) => Promise<void> | void;
}

const contested = "192.168.1.9";
const host = fc.nat(1).map((n) => remotes[n]!);
const mac = fc.nat(3).map((n) => `02:00:00:00:01:0${n}`);

const route = fc.tuple(host, mac, fc.nat(3), fc.boolean()).map(([from, m, sequence, withIp]): Step => ({
  words: `${from.address} announces ${m} ${sequence} ${withIp}`,
  run: (agent) => agent.hear(from.mac(200, m, { sequence, ...(withIp ? { ip: contested } : {}) })),
}));
const withdrawal = fc.tuple(host, mac, fc.boolean()).map(([from, m, withIp]): Step => ({
  words: `${from.address} withdraws ${m} ${withIp}`,
  run: (agent) => agent.hear(from.gone(200, m, withIp ? contested : undefined)),
}));
const learning = fc.tuple(mac, fc.constantFrom("p0", "p1")).map(([m, port]): Step => ({
  words: `${m} speaks at ${port}`,
  run: (agent) => {
    agent.host.learn("", port, m);
    return agent.settle();
  },
}));
const byHand: Readonly<Record<string, (kernel: FakeHost) => void>> = {
  "an MTU is changed": (h) => h.run("", link.set("vx100", { mtu: 1300 })),
  "a device is set down": (h) => h.run("", link.set("vx100", { up: false })),
  "a device is deleted": (h) => h.run("", link.delete("vx100")),
  "a neighbour is there": (h) =>
    h.run("", neighbour.replace({ ifindex: h.index("", "br200"), ip: contested as Ip, mac: "02:00:00:00:01:01" as Mac, state: NUD_STALE })),
  "events are lost": (h) => h.kernel.overrun(),
};
const hand = fc.constantFrom(...Object.keys(byHand)).map((words): Step => ({
  words,
  run: (agent) => {
    // Deleted a moment ago and refused since, it may not be there.
    if (agent.host.links().includes("vx100")) byHand[words]!(agent.host);
    return agent.settle();
  },
}));
const refusal = fc.tuple(fc.constantFrom("ENOSPC", "EBUSY", "ENOMEM"), fc.integer({ min: 1, max: 3 })).map(([errno, times]): Step => ({
  words: `${errno} ${times} times`,
  run: (agent) => agent.host.kernel.failNext((r) => r.object === "fdb" && (r.entry.flags & NTF_EXT_LEARNED) !== 0, errno, "no", times),
}));
const time = fc.constantFrom(1, 200, 3000, 61_000).map((ms): Step => ({ words: `${ms} ms`, run: (agent) => agent.wait(ms) }));
const asked = fc.constantFrom<Step>(
  { words: "converged", run: (agent) => agent.vtep.convergedBy("test") },
  { words: "duplicates are cleared", run: (agent) => void agent.vtep.clearDuplicates({}) },
);
const step = fc.oneof(route, withdrawal, learning, hand, refusal, time, asked);

test("random walks of an agent are replayed to the same decisions", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const kernel = new FakeHost();
      kernel.addAdopted(200);
      for (const port of ["p0", "p1"]) {
        kernel.addWorkload("", port);
        kernel.run("", link.set(port, { master: kernel.index("", "br200") }));
      }
      const limits = "duplicateDetection: { moves: 3, seconds: 60 }";
      const agent = new RecordedAgent(`adopt: true\nnetworks: [{ name: plain, vni: 100 }]\n${limits}`, kernel);
      await agent.start();
      for (const { run } of steps) await run(agent);
      const { recording } = await agent.end();
      const { difference, crash } = await replay(recording);
      assert.equal(crash, undefined);
      assert.equal(difference, undefined, JSON.stringify(difference));
    }),
    { numRuns: 12 },
  );
});
