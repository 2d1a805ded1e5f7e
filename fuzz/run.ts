// SPDX-License-Identifier: Apache-2.0
/**
 * Feeds varied octets to everything that reads octets from outside.
 * `node fuzz/run.ts --seconds 60 [--target WORD …] [--seed N]`: exits with 1 when something was found.
 * `node fuzz/run.ts --replay fuzz/findings/TARGET/FILE.hex`: one input again, with its error.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { fromHex, toHex } from "../src/base/bytes/hex.ts";
import { Campaign, type Finding } from "./campaign.ts";
import { targets } from "./target-table.ts";

const folder = path.join(import.meta.dirname, "findings");
/** A target's turn, ms. */
const turn = 100;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    target: { type: "string", multiple: true, default: [] },
    seed: { type: "string" },
    replay: { type: "string" },
  },
});
// What a target leaves behind, a promise that nobody waits for, is its fault as well.
const strays: unknown[] = [];
process.on("unhandledRejection", (error) => strays.push(error));
process.on("uncaughtException", (error) => strays.push(error));

if (values.replay !== undefined) await replay(values.replay);
else await search(Number(values.seconds), values.target, Number(values.seed ?? Math.trunc(Math.random() * 2 ** 31)));

async function search(seconds: number, words: readonly string[], seed: number): Promise<void> {
  console.log(`fuzz: seed ${seed}, ${seconds} s`);
  const chosen = (await targets()).filter((t) => words.length === 0 || words.some((w) => t.name.includes(w)));
  if (chosen.length === 0) fail(`no target has a name with ${words.join(" or ")}`);
  const campaigns = chosen.map((t, i) => new Campaign(t, seed + i));
  const end = performance.now() + seconds * 1000;
  const shares = campaigns.reduce((sum, c) => sum + (c.target.weight ?? 1), 0);
  // With little time the turns are shorter, so that everybody has some.
  const length = Math.min(turn, (seconds * 1000) / shares / 2);
  while (performance.now() < end) for (const c of campaigns) await c.run((c.target.weight ?? 1) * length);
  for (const c of campaigns) await c.end();
  report(campaigns);
}

function report(campaigns: readonly Campaign[]): void {
  for (const c of campaigns) {
    const rate = Math.round((c.executions / c.milliseconds) * 1000);
    const row = [
      c.target.name.padEnd(34),
      `${c.executions} executions`.padStart(20),
      `${rate}/s`.padStart(10),
      `${c.fates} outcomes`.padStart(16),
    ];
    console.log(`${row.join(" ")} ${String(c.findings.length).padStart(4)} findings`);
  }
  const findings = campaigns.flatMap((c) => c.findings);
  const total = campaigns.reduce((sum, c) => sum + c.executions, 0);
  const { rss, heapUsed } = process.memoryUsage();
  const memory = `${Math.round(rss / 1e6)} MB, heap ${Math.round(heapUsed / 1e6)} MB`;
  console.log(`fuzz: ${total} executions of ${campaigns.length} targets, ${findings.length + strays.length} findings, ${memory}`);
  for (const f of findings) console.log(`\n${keep(f)}\n${f.error}`);
  for (const s of strays) console.log(`\nout of nowhere: ${s instanceof Error ? s.stack : String(s)}`);
  process.exit(findings.length + strays.length > 0 ? 1 : 0);
}

/** Octets as hex, the error as a comment behind. */
function keep(f: Finding): string {
  const home = path.join(folder, f.target.replaceAll("/", "-"));
  mkdirSync(home, { recursive: true });
  const hex = toHex(f.input);
  const file = path.join(home, `${hex.slice(0, 16)}-${f.input.length}-${f.error.length}.hex`);
  writeFileSync(file, `${f.target}\n${hex}\n${f.error}\n`);
  return path.relative(process.cwd(), file);
}

async function replay(file: string): Promise<void> {
  const [name, hex] = readFileSync(file, "utf8").split("\n");
  const target = (await targets()).find((t) => t.name === name);
  if (target === undefined || hex === undefined) fail(`${file}: there is no target ${name}`);
  const words = await new Campaign(target, 0).replay(fromHex(hex)!);
  for (const s of strays) console.log(s);
  console.log(words);
  process.exit(strays.length > 0 ? 1 : 0);
}

function fail(why: string): never {
  console.error(`fuzz: ${why}`);
  process.exit(64);
}
