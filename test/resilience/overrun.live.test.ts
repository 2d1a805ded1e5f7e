// SPDX-License-Identifier: Apache-2.0
/** A hundred thousand changes while the agent cannot listen: events are lost, and its tables are exact again nevertheless. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { recordedProcesses } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { signal } from "../../src/base/sys/process-identity.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";
import { addressOf, addWorkload, agentConfig, BothWays, eventsOf, kernelDiff, metric, reachEachOther, startReady, status } from "./pair.ts";
import { fdb } from "../harness/kernel-tables.ts";

const net = new Scratch("rsover");
after(async () => await net.remove());

const kept = 500;
let h1: Place;
let h2: Place;
let w1: Place;
let w2: Place;

before(async () => {
  [h1, h2] = [await net.host("h1"), await net.host("h2")];
  await net.segment([
    [h1, `${addressOf(1)}/24`],
    [h2, `${addressOf(2)}/24`],
  ]);
  [w1, w2] = [await addWorkload(net, 1, h1), await addWorkload(net, 2, h2)];
  // Long enough that nobody takes the silence of a stopped process for its death.
  const more = { audit: { period: 600 } };
  for (const [i, host] of [h1, h2].entries()) {
    const config = agentConfig(i + 1, { peers: [addressOf(2 - i)], more }) as { bgp: object };
    await startReady(host, "agent", { ...config, bgp: { ...config.bgp, timers: { hold: 90, connectRetry: 1 } } });
  }
  await reachEachOther(w1, w2);
  await net.ip(h1, ["link add p8 type veth peer name p8w", "link set p8w up", "link set p8 up master br100"]);
});

test("100,000 changes in a burst, unheard: read anew, exact, and no packet lost", async () => {
  const { identity } = recordedProcesses(h1.folder).find((p) => p.name === "agent")!;
  const pings = new BothWays(w1, w2);
  await pings.started();
  signal(identity, "SIGSTOP");
  try {
    for (let round = 0; round < 10; round++) {
      const last = round === 9 ? kept : 0;
      const adds = Array.from({ length: 5000 }, (_, i) => `fdb add ${macOf(i)} dev p8 master static`);
      const deletes = Array.from({ length: 5000 - last }, (_, i) => `fdb del ${macOf(last + i)} dev p8 master`);
      await net.run(h1, ["bridge", "-batch", "-"], [...adds, ...deletes].join("\n"));
    }
    // Of ours something is taken away as well.
    await net.run(h1, ["bridge", "fdb", "del", "00:00:00:00:00:00", "dev", "vx100", "self"]);
  } finally {
    signal(identity, "SIGCONT");
  }
  await waitFor("the overrun to be noticed", async () => (await metric(h1, "weft_kernel_overruns_total")) > 0, { within: 30_000 });
  await waitFor("every MAC that stayed, and none else, at the other host", async () => {
    const macs = (await fdb(h2)).filter((r) => r.mac.startsWith("02:08:") && r.dst === addressOf(1)).map((r) => r.mac);
    const left = macs.filter((m) => Number.parseInt(m.slice(12).replace(":", ""), 16) < kept).length;
    assert.deepEqual([left, macs.length], [kept, kept]);
    return true;
  });
  assert.deepEqual(await pings.losses(), [0, 0]);
  assert.deepEqual(await kernelDiff(h1), []);
  assert.ok((await eventsOf(h1)).some((e) => e.event === "kernel.overrun"));
  assert.equal((await status(h1)).kernel?.failing, 0);
});

function macOf(i: number): string {
  return `02:08:00:00:${(i >> 8).toString(16).padStart(2, "0")}:${(i & 255).toString(16).padStart(2, "0")}`;
}
