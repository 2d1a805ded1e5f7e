// SPDX-License-Identifier: Apache-2.0
// runs alone
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after, test } from "node:test";
import { demoLab, demoTopology } from "../../src/lab/demo/demo-topology.ts";
import { demoSteps } from "../../src/lab/demo/demo.ts";
import { labDown } from "../../src/lab/down.ts";
import { placeOf } from "../../src/lab/member/place-of.ts";
import { makePlan } from "../../src/lab/plan/make-plan.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { tracesOf } from "./traces-of.ts";

const tools = path.resolve(import.meta.dirname, "../../tools");
const demo = [path.resolve(tools, "../bin/weft"), "lab", "demo"];
after(async () => {
  if (labNames().includes(demoLab)) await labDown(demoLab);
});

test("the demo shows every step with its measure, and leaves nothing", async () => {
  const { status, stdout } = await tryCommand(demo, { timeout: 120_000 });
  assert.equal(status, 0, stdout);
  for (const step of demoSteps) assert.ok(stdout.includes(`✓ ${step.name}`), `${step.name} in:\n${stdout}`);
  assert.match(stdout, /8 of 8 BGP EVPN sessions established/);
  assert.match(stdout, /0 of 5 pings from red/);
  assert.match(stdout, /frames crossed the underlay, 0 of them ARP/);
  assert.match(stdout, /outside reaches w1 \(h1\) by 203\.0\.113\.10 10\/10; w1 moved to h3/);
  assert.match(stdout, /d2 \(h2, no floating IP\) .* which sees 203\.0\.113\.2;/);
  assert.match(stdout, /kill -9 on h2, .*: 0 of \d+ packets lost/);
  assert.ok(!stdout.includes("\u001b"), "no colours into a pipe");
  assert.deepEqual(tracesOf(demoLab), []);
});

test("a failed step says what to look at, and its status is not zero", async () => {
  const child = spawn(demo[0]!, demo.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (s: string) => (said += s));
  const closed = once(child, "close");
  // A host that dies under the demo: b4 behind it is not reached any more.
  await waitFor("the fabric", () => said.includes("✓ fabric"), { within: 60_000, every: 5 });
  const f1 = makePlan(demoTopology()).members.find((m) => m.name === "f1")!;
  await tryCommand(["ip", "-n", f1.namespace, "link", "set", "vx100", "down"]);
  await stopProcess(placeOf(f1), "bgpd", "SIGKILL");
  const [status] = (await closed) as [number];
  assert.equal(status, 1, said);
  assert.match(said, /✗ /);
  const kept = /look at: .* in (\/tmp\/weft-demo-\S+)/.exec(said)?.[1];
  assert.ok(kept !== undefined, said);
  await tryCommand(["rm", "-r", kept]);
  assert.deepEqual(tracesOf(demoLab), []);
});

test("without root it says so at once", async () => {
  const weft = demo[0]!;
  for (const argv of [
    ["sh", path.join(tools, "demo.sh")],
    demo,
    [weft, "lab", "down", "any"],
    [weft, "lab", "exec", "any", "h1"],
    [weft, "lab", "cut", "any", "s1"],
  ]) {
    const { status, stderr } = await tryCommand(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...argv]);
    assert.equal(status, 77, argv.join(" "));
    assert.match(stderr, /needs root/);
  }
});
