// SPDX-License-Identifier: Apache-2.0
/**
 * Runs live tests (`test/**\/*.live.test.ts`), each file as a process of its own, a few at a time, and says how long each took.
 * `node tools/live-tests.ts [FILTER …]`: only files whose path contains one of the words. `--jobs N`: so many at a time.
 * Fails without root or without the peers, and when a test leaves a namespace, a lab or a process behind.
 */
import { spawn } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { leftovers, type Traces, traces } from "../test/harness/leftovers.ts";

const programs: readonly (readonly [string, string])[] = [
  ["/usr/lib/frr/bgpd", "frr"],
  ["/usr/bin/gobgpd", "gobgpd"],
  ["/usr/sbin/exabgp", "exabgp"],
  ["/usr/bin/tshark", "tshark"],
  ["/usr/sbin/nft", "nftables"],
  ["/usr/bin/ping", "iputils-ping"],
  ["/usr/sbin/sysctl", "procps"],
  ["/usr/bin/systemd-analyze", "systemd"],
];
/** Seconds after which a file is ended and counts as failed. */
const longest = 300;

interface Outcome {
  readonly file: string;
  readonly seconds: number;
  readonly passed: boolean;
  readonly output: string;
}

const { values, positionals } = parseArgs({ options: { jobs: { type: "string" } }, allowPositionals: true });
if (process.getuid?.() !== 0) fail("live tests need root: they make network namespaces", 77);
const missing = programs.filter(([p]) => !existsSync(p) && !existsSync(p.replace("/usr/sbin/", "/usr/bin/"))).map(([, pkg]) => pkg);
if (missing.length > 0) fail(`live tests need these packages too: ${missing.join(" ")}; sh tools/setup.sh test`, 69);

const files = globSync("test/**/*.live.test.ts")
  .toSorted()
  .filter((f) => positionals.length === 0 || positionals.some((p) => f.includes(p)));
if (files.length === 0) fail("no live test matches", 64);

// A file that says so gets the machine to itself: what it measures would be another's load.
const alone = files.filter((f) => readFileSync(f, "utf8").includes("// runs alone"));
const together = files.filter((f) => !alone.includes(f));
const jobs = Number(values.jobs ?? Math.min(2, availableParallelism()));

const before = traces();
const started = performance.now();
const outcomes: Outcome[] = [];
await runAll(together, jobs);
await runAll(alone, 1);
const left = leftovers(before, await settled(before));

const failed = outcomes.filter((o) => !o.passed);
console.log(`\nlive tests: ${outcomes.length} files, ${failed.length} failed, ${((performance.now() - started) / 1000).toFixed(0)} s`);
for (const o of failed) console.log(`  ✗ ${o.file}`);
for (const l of left) console.log(`  ✗ left behind: ${l}`);
process.exit(failed.length + left.length > 0 ? 1 : 0);

async function runAll(queue: readonly string[], width: number): Promise<void> {
  const rest = [...queue];
  const worker = async (): Promise<void> => {
    for (let file = rest.shift(); file !== undefined; file = rest.shift()) {
      const o = await runFile(file);
      outcomes.push(o);
      console.log(`${o.passed ? "✓" : "✗"} ${o.seconds.toFixed(1).padStart(6)} s  ${o.file}`);
      if (!o.passed) console.log(o.output);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function runFile(file: string): Promise<Outcome> {
  const from = performance.now();
  const child = spawn(process.execPath, ["--test", "--test-reporter=spec", file], { stdio: ["ignore", "pipe", "pipe"] });
  const output: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (s: string) => output.push(s));
  child.stderr.setEncoding("utf8").on("data", (s: string) => output.push(s));
  // SIGTERM lets node:test run the file's `after`.
  const timer = setTimeout(() => {
    output.push(`\nended after ${longest} s\n`);
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
  }, longest * 1000);
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  const text = output.join("");
  // A file that skips or defines nothing proves nothing.
  const proves = /^ℹ pass [1-9]/m.test(text) && /^ℹ skipped 0$/m.test(text) && /^ℹ todo 0$/m.test(text);
  return { file, seconds: (performance.now() - from) / 1000, passed: status === 0 && proves, output: text };
}

/** Processes that were told to end may need a moment. */
async function settled(known: Traces): Promise<Traces> {
  for (let i = 0; i < 50; i++) {
    const now = traces();
    if (leftovers(known, now).length === 0) return now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return traces();
}

function fail(why: string, status: number): never {
  console.error(`live tests: ${why}`);
  process.exit(status);
}
