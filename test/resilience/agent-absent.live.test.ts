// SPDX-License-Identifier: Apache-2.0
/** An agent that is away for long, or starts before its peers: what it and they keep, and until when. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { restartWeft, startWeft, weftReady } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { fdb, floodList, vtepOf } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";
import { KernelWatch } from "./kernel-watch.ts";
import { addressOf, agentConfig, BothWays, converged, kernelDiff, reachEachOther, vxlan, workloadMac } from "./pair.ts";
import { established, operations, type RestartPair, restartPair, type RestartTimes } from "./restart-pair.ts";

const net = new Scratch("rsaway");
const patient = new Scratch("rspatient");
after(async () => await net.remove());
after(async () => await patient.remove());

/** Short enough to see them run out. */
const gracefulRestart: RestartTimes = { restartTime: 4, stalePathTime: 6 };

let { h1, h2, rr, w1, w2 } = {} as RestartPair;
before(async () => void ({ h1, h2, rr, w1, w2 } = await restartPair(net, gracefulRestart)));

test("away for longer than the restart time, its routes are dropped then and not before; back, they are there again", async () => {
  using watch = new KernelWatch(h1);
  const downAt = performance.now();
  await stopProcess(h1, "agent", "SIGKILL");
  await waitFor("h2 to forget w1", async () => (await vtepOf(h2, vxlan, workloadMac(1))) === undefined);
  const after = performance.now() - downAt;
  assert.ok(after > gracefulRestart.restartTime * 1000 - 100, `after ${Math.round(after)} ms`);
  await waitFor("h2 to forget the VTEP", async () => (await floodList(h2, vxlan)).length === 0);
  // h1 itself forwards on, as if nothing were.
  assert.equal(await vtepOf(h1, vxlan, workloadMac(2)), addressOf(2));
  await restartWeft(h1, "agent");
  await converged(h1);
  assert.deepEqual(await watch.stop(), []);
  await reachEachOther(w1, w2);
  assert.deepEqual(await kernelDiff(h2), []);
});

test("started before its peers: what is there stays until they have spoken", async () => {
  const { h1, rr, w1, w2 } = await restartPair(patient);
  await stopProcess(h1, "agent", "SIGKILL");
  using watch = new KernelWatch(h1);
  await stopProcess(rr, "reflector", "SIGKILL");
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  const pings = new BothWays(w1, w2);
  await pings.started();
  await restartWeft(rr, "reflector");
  await waitFor("the session", async () => await established(h1));
  await converged(h1);
  assert.deepEqual(await pings.losses(), [0, 0]);
  assert.deepEqual(await watch.stop(), []);
  assert.deepEqual(await operations(h1), []);
});

test("peers that never come are waited for as long as the restart time says", async () => {
  await stopProcess(h1, "agent", "SIGTERM");
  await stopProcess(rr, "reflector", "SIGKILL");
  const startedAt = performance.now();
  await startWeft(h1, "agent", { config: agentConfig(1, { peers: [addressOf(77)], gracefulRestart }) });
  await weftReady(h1, "agent");
  assert.equal(await vtepOf(h1, vxlan, workloadMac(2)), addressOf(2));
  await waitFor("entries of the peers that did not come to go", async () =>
    (await fdb(h1)).every((r) => !r.flags.includes("extern_learn")),
  );
  const after = performance.now() - startedAt;
  assert.ok(after > gracefulRestart.restartTime * 1000 - 100, `after ${Math.round(after)} ms`);
  assert.deepEqual(await kernelDiff(h1), []);
});
