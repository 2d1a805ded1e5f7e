// SPDX-License-Identifier: Apache-2.0
/** An agent that is killed, stopped, replaced or left alone: traffic goes on, nothing is touched, and what is stale goes when it may. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { restartWeft, weftReady } from "../../src/lab/peer/weft.ts";
import { recordedProcesses, stopProcess } from "../../src/lab/system/managed-process.ts";
import { isRunning, signal } from "../../src/base/sys/process-identity.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { vtepOf } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";
import { KernelWatch } from "./kernel-watch.ts";
import { addressOf, BothWays, converged, eventsOf, kernelDiff, vxlan, workloadMac } from "./pair.ts";
import { established, operations, type RestartPair, restartPair } from "./restart-pair.ts";

const net = new Scratch("rsagent");
after(async () => await net.remove());

let { h1, h2, rr, w1, w2 } = {} as RestartPair;
before(async () => void ({ h1, h2, rr, w1, w2 } = await restartPair(net)));

/** Runs `restart` under traffic both ways; neither kernel may be told anything. */
async function unnoticed(restart: () => Promise<void>): Promise<void> {
  using watch1 = new KernelWatch(h1);
  using watch2 = new KernelWatch(h2);
  const pings = new BothWays(w1, w2);
  await pings.started();
  const sweptBefore = await sweptAtReflector();
  await restart();
  await weftReady(h1, "agent");
  await waitFor("the session", async () => await established(h1));
  await converged(h1);
  await waitFor("the reflector, which kept the routes, to hear the End-of-RIB", async () => (await sweptAtReflector()) > sweptBefore);
  assert.deepEqual(await pings.losses(), [0, 0]);
  assert.deepEqual(await watch1.stop(), []);
  assert.deepEqual(await watch2.stop(), []);
  // Not even a request that would have changed nothing.
  assert.deepEqual(await operations(h1), []);
  assert.deepEqual(await kernelDiff(h1), []);
}

async function sweptAtReflector(): Promise<number> {
  return (await eventsOf(rr)).filter((e) => e.event === "bgp.stale-swept" && e.message.includes("l2vpn-evpn")).length;
}

test("killed and started again", async () => {
  await unnoticed(async () => {
    await stopProcess(h1, "agent", "SIGKILL");
    await restartWeft(h1, "agent");
  });
});

test("stopped and started again", async () => {
  await unnoticed(async () => {
    await stopProcess(h1, "agent", "SIGTERM");
    await restartWeft(h1, "agent");
  });
});

test("upgraded: the next one is started while the last one stops", async () => {
  await unnoticed(async () => {
    const old = recordedProcesses(h1.folder).find((p) => p.name === "agent")!;
    signal(old.identity, "SIGTERM");
    await restartWeft(h1, "agent");
    await waitFor("the last one to be gone", () => !isRunning(old.identity));
  });
});

test("killed again and again while it starts", async () => {
  await unnoticed(async () => {
    for (const ms of [20, 80, 140, 200, 260, 320]) {
      await stopProcess(h1, "agent", "SIGKILL");
      await restartWeft(h1, "agent");
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  });
});

test("what went while it was away goes with the End-of-RIB, and nothing else is touched", async () => {
  // Another workload of h2, with an entry of its own on h1.
  const own = "02:00:00:00:08:08";
  await net.ip(h2, [`link add p8 type veth peer name p8w address ${own}`, `link set p8w up`, `link set p8 up master br100`]);
  await net.run(h2, ["bridge", "fdb", "add", workloadMac(8), "dev", "p8", "master", "static"]);
  await waitFor("h1 to have it", async () => (await vtepOf(h1, vxlan, workloadMac(8))) === addressOf(2));
  const pings = new BothWays(w1, w2);
  await pings.started();
  await stopProcess(h1, "agent", "SIGKILL");
  await net.ip(h2, ["link del p8"]);
  using watch = new KernelWatch(h1);
  await restartWeft(h1, "agent");
  await converged(h1);
  await waitFor("it to go", async () => (await vtepOf(h1, vxlan, workloadMac(8))) === undefined);
  assert.deepEqual(await pings.losses(), [0, 0]);
  const lines = await watch.stop();
  // Of each of the two MACs behind that port, both entries.
  assert.equal(lines.length, 4, lines.join("\n"));
  for (const line of lines) assert.match(line, new RegExp(`^Deleted (${workloadMac(8)}|${own}) dev vx100 `));
  assert.deepEqual(await kernelDiff(h1), []);
});
