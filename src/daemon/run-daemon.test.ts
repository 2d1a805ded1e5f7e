// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import { AF_UNIX, check, libc, SOCK_CLOEXEC, SOCK_DGRAM } from "../base/sys/libc.ts";
import { until } from "../bgp/speaker/testing/speakers.ts";
import { Client } from "../cli/client.ts";
import type { ReloadReply } from "../contract/inspect.ts";
import { readRecording } from "../record/read-recording.ts";
import type { CrashReport } from "./crash-report.ts";

const program = path.join(import.meta.dirname, "testing/fake-daemon.ts");
const folder = mkdtempSync(path.join(os.tmpdir(), "weft-daemon-"));
const started: ChildProcess[] = [];
/** That of the program itself: eight processes would else compile everything anew. */
const compileCache = path.resolve(import.meta.dirname, "../../node_modules/.cache/weft");
let count = 0;
after(() => {
  for (const child of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly directory: string;
  readonly file: string;
  readonly out: Promise<string>;
  readonly err: Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

function run(word: string, env: Readonly<Record<string, string>> = {}, directory = path.join(folder, `run${++count}`)): Run {
  const file = path.join(folder, `config${++count}`);
  writeFileSync(file, word);
  const child = spawn(process.execPath, [program, directory, file], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...env },
  });
  started.push(child);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  return { child, directory, file, out: text(child.stdout), err: text(child.stderr), ended };
}

/** Asks the process itself: a socket that a dead one left says nothing. */
async function answers(r: Run, status: "ok" | "failing"): Promise<void> {
  const client = new Client(r.directory);
  const health = (): Promise<string> =>
    client.health("/health/ready").then(
      (h) => h.status,
      () => "nobody",
    );
  while ((await health()) !== status) await new Promise((resolve) => setTimeout(resolve, 2));
}

function events(log: string): readonly string[] {
  return log
    .trimEnd()
    .split("\n")
    .map((l) => (JSON.parse(l) as { event: string }).event);
}

describe("processes of a daemon", { concurrency: 3 }, () => {
  test("a life: ready, reloaded by request and by signal, stopped", async () => {
    const r = run("run");
    await answers(r, "ok");
    assert.equal(statSync(r.directory).mode & 0o777, 0o700);
    const client = new Client(r.directory);
    assert.deepEqual(await client.post<ReloadReply>("/v1/reload"), { changes: [] });
    writeFileSync(r.file, "other");
    r.child.kill("SIGHUP");
    const reloads = async (): Promise<number> => (await client.getText("/v1/events")).split('"config.reloaded"').length - 1;
    while ((await reloads()) < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    r.child.kill("SIGTERM");
    assert.deepEqual(await r.ended, { code: 0, signal: null });
    assert.equal(await r.out, "ready\nstopped\n");
    const expected = ["daemon.starting", "daemon.ready", "config.reloaded", "config.reloaded", "daemon.stopping", "daemon.stopped"];
    assert.deepEqual(events(await r.err), expected);
    assert.deepEqual(readdirSync(r.directory), ["weft.started"]);
  });

  for (const [word, name] of [
    ["crash", "SyntaxError"],
    ["reject", "Error"],
    ["fail", "Error"],
    ["broken", "not an Error"],
  ] as const) {
    test(`${word}: a fault of ours ends it with 70 and a report, and stops nothing`, async () => {
      const r = run(word);
      assert.deepEqual(await r.ended, { code: 70, signal: null });
      assert.equal(await r.out, "ready\n");
      const text = readFileSync(
        path.join(
          r.directory,
          readdirSync(r.directory).find((f) => f.startsWith("crash-"))!,
        ),
        "utf8",
      );
      const crash = JSON.parse(text) as CrashReport;
      assert.equal(crash.name, name);
      assert.equal(crash.events.length, 2);
      assert.equal(crash.runtime.node, process.version);
      assert.deepEqual(crash.config, { word, password: "(not shown)", log: { level: "info", format: "json" } });
      assert.ok(!text.includes("s3cret"));
      if (word === "broken") assert.match(JSON.stringify(crash.status), /^"cannot be told: SyntaxError/);
      else {
        assert.ok(crash.stack!.includes("fake-daemon.ts"));
        assert.deepEqual(typeof crash.status === "object" && [crash.status.state, crash.status.host], ["ready", "fake"]);
        assert.match(crash.metrics!, /^weft_ready 1$/m);
      }
      assert.deepEqual(events(await r.err).slice(-2), ["daemon.crashed", "daemon.crash-report"]);
    });
  }

  test("a recording has the crash as its end, and no secret", async () => {
    const file = path.join(folder, "recording.jsonl");
    assert.equal((await run("crash", { RECORD: file }).ended).code, 70);
    const { lines, brokenOff } = readRecording(file);
    assert.equal(brokenOff, false);
    assert.match(JSON.stringify(lines.at(-1)), /"crashed: SyntaxError: /);
    assert.ok(!readFileSync(file, "utf8").includes("s3cret"));
  });

  test("of many reports the last ten are kept, where the service manager wants them", async () => {
    const logs = path.join(folder, "logs");
    mkdirSync(logs);
    for (let n = 10; n < 24; n++) writeFileSync(path.join(logs, `crash-2020-01-${n}T000000.000Z.json`), "");
    writeFileSync(path.join(logs, "other"), "");
    const r = run("crash", { LOGS_DIRECTORY: `${logs}:/nowhere` });
    assert.equal((await r.ended).code, 70);
    const left = readdirSync(logs).toSorted();
    assert.equal(left.length, 11);
    assert.equal(left[0], "crash-2020-01-15T000000.000Z.json");
    assert.equal(readFileSync(path.join(logs, left[9]!), "utf8").startsWith("{"), true);
  });

  test("after a kill -9 the next one takes the directory over", async () => {
    const first = run("run");
    await answers(first, "ok");
    first.child.kill("SIGKILL");
    await first.ended;
    const second = run("run", {}, first.directory);
    await answers(second, "ok");
    second.child.kill("SIGINT");
    assert.deepEqual(await second.ended, { code: 0, signal: null });
  });

  test("a start that fails stops what was begun and leaves nothing", async () => {
    const r = run("refuse");
    assert.equal((await r.ended).code, 1);
    assert.equal(await r.out, "stopped\n");
    assert.match(await r.err, /there is no way to start/);
    assert.deepEqual(readdirSync(r.directory), ["weft.started"]);
  });

  test("a start that takes long can be stopped", async () => {
    const r = run("slow");
    await answers(r, "failing");
    assert.deepEqual((await new Client(r.directory).health("/health/ready")).reasons, ["the reflector is starting"]);
    r.child.kill("SIGTERM");
    assert.deepEqual(await r.ended, { code: 0, signal: null });
    assert.equal(await r.out, "stopped\n");
  });

  test("the service manager is told: ready, alive, stopping", async () => {
    const socket = path.join(folder, "notify");
    const fd = check(libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    const address = new Uint8Array(110);
    new DataView(address.buffer).setUint16(0, AF_UNIX, true);
    address.set(Buffer.from(socket), 2);
    check(libc.bind(fd, address, address.length), "bind");
    const messages = (): readonly string[] => {
      const into = new Uint8Array(64);
      const said: string[] = [];
      const MSG_DONTWAIT = 0x40;
      for (let n = libc.recv(fd, into, 64, MSG_DONTWAIT); n > 0; n = libc.recv(fd, into, 64, MSG_DONTWAIT)) {
        said.push(Buffer.from(into.subarray(0, n)).toString());
      }
      return said;
    };
    try {
      const r = run("run", { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "40000" });
      const said: string[] = [];
      await until("a sign of life", () => said.push(...messages()) > 1 && said.includes("WATCHDOG=1"));
      r.child.kill("SIGTERM");
      await r.ended;
      said.push(...messages());
      assert.equal(said[0], "READY=1");
      assert.equal(said.at(-1), "STOPPING=1");
    } finally {
      libc.close(fd);
    }
  });
});
