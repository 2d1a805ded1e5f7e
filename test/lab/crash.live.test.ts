// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { labDown } from "../../src/lab/down.ts";
import { findPlace } from "../../src/lab/find.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { knownLab, labNames } from "../../src/lab/state/lab-record.ts";
import { command } from "../../src/lab/system/command.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { frrTopology } from "./frr-topology.ts";
import { tracesOf } from "./traces-of.ts";

const labs = ["lc-crash", "lc-one", "lc-two", "lc-taken", "lc-boot"];
after(async () => {
  for (const lab of labs) if (labNames().includes(lab)) await labDown(lab);
});

// Each moment is later than the one before: namespaces, links, FRR daemons, workloads.
for (const [stage, delay] of [
  [1, 0],
  [1, 60],
  [2, 0],
  [2, 100],
  [2, 250],
  [3, 0],
  [3, 60],
] as const) {
  test(`killed ${delay} ms into stage ${stage}, a lab can be taken down and built again`, async () => {
    const builder = spawn(process.execPath, [path.join(import.meta.dirname, "build-topology.ts"), "lc-crash", "frr-ospf"]);
    let stages = 0;
    builder.stdout.on("data", (b: Buffer) => (stages += b.toString().split("\n").length - 1));
    const closed = once(builder, "close");
    await waitFor(`stage ${stage}`, () => stages >= stage, { every: 1 });
    await sleep(delay);
    builder.kill("SIGKILL");
    await closed;
    await labDown("lc-crash");
    assert.deepEqual(tracesOf("lc-crash"), []);
  });
}

test("a lab is taken down while it is being built", async () => {
  const builder = spawn(process.execPath, [path.join(import.meta.dirname, "build-topology.ts"), "lc-crash", "static"]);
  const closed = once(builder, "close");
  await waitFor("the record", () => knownLab("lc-crash").record.phase === "starting", { every: 1 });
  await labDown("lc-crash");
  await closed;
  assert.deepEqual(tracesOf("lc-crash"), []);
});

test("two labs of the same topology run at once", async () => {
  const [one, two] = await Promise.all([labUp(frrTopology("lc-one", "static")), labUp(frrTopology("lc-two", "static"))]);
  for (const plan of [one, two])
    await waitFor(`${plan.lab}: b2 to reach b1`, async () => await reaches(findPlace(plan, "b2"), "192.168.1.11"));
  await assert.rejects(labUp(frrTopology("lc-one", "static")), /lab lc-one is there already.*weft lab down lc-one/);
  await labDown("lc-one");
  assert.deepEqual(tracesOf("lc-one"), []);
  assert.ok(await reaches(findPlace(two, "b2"), "192.168.1.11"), "the other lab goes on");
  await labDown("lc-two");
  assert.deepEqual(tracesOf("lc-two"), []);
});

test("somebody else's namespace is neither used nor removed", async () => {
  await command(["ip", "netns", "add", "lc-taken-h1"]);
  try {
    await assert.rejects(labUp(frrTopology("lc-taken", "static")), /there already: lc-taken-h1/);
    assert.deepEqual(tracesOf("lc-taken"), ["namespace lc-taken-h1"]);
  } finally {
    await command(["ip", "netns", "del", "lc-taken-h1"]);
  }
});

test("what a reboot leaves, plain files where namespaces were, is cleared away", async () => {
  const plan = await labUp(frrTopology("lc-boot", "static"));
  const record = `${plan.folder}/lab.json`;
  const text = JSON.stringify(knownLab("lc-boot").record);
  await labDown("lc-boot");
  mkdirSync(plan.folder, { recursive: true });
  writeFileSync(record, text);
  writeFileSync("/run/netns/lc-boot-h1", "");
  mkdirSync("/etc/frr/lc-boot-h1", { recursive: true });
  await labDown("lc-boot");
  assert.deepEqual(tracesOf("lc-boot"), []);
});
