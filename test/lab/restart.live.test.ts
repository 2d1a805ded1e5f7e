// SPDX-License-Identifier: Apache-2.0
/** A daemon of Weft that fails in a lab comes back by itself, as under the service manager; traffic does not notice. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { findMember, findPlace } from "../../src/lab/find.ts";
import { RunningPing, reaches } from "../../src/lab/measure/ping.ts";
import { restartWeft, weftProgram, weftReady, weftRunFolder } from "../../src/lab/peer/weft.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { type ProcessStatus, labReady, labStatus, sessionsOf } from "../../src/lab/status.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { tracesOf } from "./traces-of.ts";

const lab = "lr-again";
const patient = { within: 60_000 };
let plan: LabPlan;

before(async () => {
  // Every daemon of the lab gets it from the keeper, and the keeper from us.
  process.env["NODE_OPTIONS"] = `--import=${path.join(import.meta.dirname, "../hostile/fail-on-signal.ts")}`;
  const topology = `
name: ${lab}
underlay: { spines: 1, routing: static }
reflectors: [rr1]
nodes: { h1: { kind: weft }, h2: { kind: weft } }
networks: { blue: { vni: 100 } }
workloads:
  b1: { node: h1, network: blue, ip: [192.168.1.11/24] }
  b2: { node: h2, network: blue, ip: [192.168.1.12/24] }
`;
  plan = await labUp(parseLabTopology(topology, `${lab}.yaml`));
  delete process.env["NODE_OPTIONS"];
  await labReady(plan);
  await waitFor("b2 to reach b1", async () => await reaches(findPlace(plan, "b2"), "192.168.1.11"));
});
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

async function daemonOf(member: string): Promise<ProcessStatus> {
  return (await labStatus(lab)).members.find((m) => m.name === member)!.processes.find((p) => p.kept !== null)!;
}

/** What `weft lab status` says in the row of a member. */
async function row(member: string): Promise<string> {
  const { stdout } = await tryCommand([weftProgram, "lab", "status", lab]);
  return stdout.split("\n").find((l) => l.startsWith(member))!;
}

for (const [member, component] of [
  ["h1", "agent"],
  ["rr1", "reflector"],
] as const) {
  test(`${component}: an exception that nobody foresaw costs a restart, and no packet`, async () => {
    const place = findPlace(plan, member);
    const reports = (): readonly string[] => readdirSync(weftRunFolder(place)).filter((f) => f.startsWith("crash-"));
    const run = new RunningPing(findPlace(plan, "b2"), "192.168.1.11");
    await waitFor("answers", () => run.received > 20, { every: 10 });
    const old = await daemonOf(member);
    assert.deepEqual(old.kept, { restarts: 0, lastEnd: null, staysDown: null });
    process.kill(old.pid, "SIGUSR2");
    const next = await waitFor(
      `${component} to be back`,
      async () => {
        const now = await daemonOf(member);
        return now.running && now.pid !== old.pid ? now : undefined;
      },
      patient,
    );
    assert.deepEqual(next.kept, { restarts: 1, lastEnd: "status 70", staysDown: null });
    await weftReady(place, component, patient);
    await waitFor("its session", async () => ((await sessionsOf(findMember(plan, member)))?.established ?? 0) > 0, patient);
    assert.equal(reports().length, 1, "a crash report is on disk");
    assert.match(readFileSync(`${weftRunFolder(place)}/${reports()[0]!}`, "utf8"), /nobody foresaw this/);
    const before = run.received;
    await waitFor("more answers", () => run.received > before + 20, { every: 10 });
    const result = await run.stop();
    assert.equal(result.lost, 0, `${result.lost} of ${result.sent} lost`);
    assert.match(await row(member), new RegExp(`${component} ${next.pid} \\(started again 1 ×, last status 70\\)`));
  });
}

test("who is killed again comes back again; who is stopped on purpose stays away until it is started", async () => {
  const place = findPlace(plan, "h1");
  process.kill((await daemonOf("h1")).pid, "SIGKILL");
  const again = await waitFor(
    "the agent to be back",
    async () => {
      const now = await daemonOf("h1");
      return now.running && now.kept!.restarts === 2 ? now : undefined;
    },
    patient,
  );
  assert.equal(again.kept!.lastEnd, "SIGKILL");
  await stopProcess(place, "agent", "SIGKILL");
  const log = `${plan.folder}/keeper.log`;
  await waitFor("the keeper to see it", () => readFileSync(log, "utf8").includes("agent was stopped on purpose"));
  assert.deepEqual((await labStatus(lab)).members.find((m) => m.name === "h1")!.processes, []);
  await restartWeft(place, "agent");
  await weftReady(place, "agent", patient);
  assert.equal((await daemonOf("h1")).kept!.restarts, 0, "kept anew");
});

test("a configuration that it refuses is not tried again and again", async () => {
  const place = findPlace(plan, "h1");
  const file = `${place.folder}/agent.yaml`;
  const good = readFileSync(file, "utf8");
  writeFileSync(file, "bgp: nonsense\n");
  process.kill((await daemonOf("h1")).pid, "SIGKILL");
  const down = await waitFor(
    "it to stay down",
    async () => {
      const now = await daemonOf("h1");
      return now.kept!.staysDown === null ? undefined : now;
    },
    patient,
  );
  assert.equal(down.running, false);
  assert.match(await row("h1"), /agent ended \(status 78: starting it again would mend nothing\)/);
  await assert.rejects(weftReady(place, "agent"), /is not running; its log ends: [^]*WEFT_CONFIG_TYPE/);
  writeFileSync(file, good);
  await restartWeft(place, "agent");
  await weftReady(place, "agent", patient);
});

test("without its keeper a lab goes on, says so, and has a new one when it starts something", async () => {
  const { keeper } = await labStatus(lab);
  process.kill(keeper!.pid, "SIGKILL");
  await waitFor("its end", async () => !(await labStatus(lab)).keeper!.running);
  assert.match((await tryCommand([weftProgram, "lab", "status", lab])).stdout, /The keeper of the lab ended/);
  assert.equal((await daemonOf("h2")).running, true);
  const place = findPlace(plan, "h1");
  await stopProcess(place, "agent");
  await restartWeft(place, "agent");
  await weftReady(place, "agent", patient);
  assert.equal((await labStatus(lab)).keeper!.running, true);
  await labDown(lab);
  assert.deepEqual(tracesOf(lab), []);
});
