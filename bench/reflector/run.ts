// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/reflector/run.ts [--loads 2+2,4+6] [--makes weft,frr] [--runs 5] [--seconds 60] [--pauses] [--sources] [--json FILE]` (root):
 * a route reflector under the loads of loads.ts, each in a new process and namespace, the makes by turns, with the figures of all runs as
 * min / median / max. Every client's table is compared with what was announced before a run counts.
 *
 * `--makes` also knows gobgp and relay (what Node and the kernel can do without a table). `--pauses` measures how long Weft's loop stood
 * still, with a probe in the process. `--sources` runs the checkout instead of the emitted package. `--profile DIR` writes CPU profiles.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { weftProgram } from "../../src/lab/peer/weft.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { machineLine, spread } from "../spread.ts";
import { buildGenerator, clientRange, reflectorAddress } from "./generator.ts";
import { type Load, loads } from "./loads.ts";
import { buildPackage, isInstalled, type Make, pauseProbe, startReflector, versionOf } from "./reflectors.ts";
import { type Figures, measure } from "./steps.ts";

const { values: options } = parseArgs({
  options: {
    loads: { type: "string", default: Object.keys(loads).join(",") },
    makes: { type: "string", default: "weft,frr" },
    runs: { type: "string" },
    seconds: { type: "string", default: "60" },
    pauses: { type: "boolean", default: false },
    sources: { type: "boolean", default: false },
    profile: { type: "string" },
    json: { type: "string" },
  },
});

const folder = mkdtempSync(path.join(tmpdir(), "weft-bench-"));
const program = buildGenerator(folder);
const weft = options.sources ? weftProgram : buildPackage(folder);
const makes = (options.makes.split(",") as Make[]).filter((m) => isInstalled(m));

async function runOnce(load: Load, make: Make): Promise<Figures> {
  const net = new Scratch("benchrr");
  try {
    const place = await net.host("rr");
    // Any address of the range is the machine's own: a thousand clients need no thousand addresses on an interface.
    await net.ip(place, [`address add ${reflectorAddress}/32 dev lo`, `route add local ${clientRange} dev lo`]);
    const probe = options.pauses ? [`--import=${pauseProbe}`] : [];
    const profile = options.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${path.resolve(options.profile)}`];
    const env = make === "weft" ? { NODE_OPTIONS: [...probe, ...profile].join(" "), PAUSE_FILE: `${place.folder}/pause` } : {};
    const reflector = await startReflector(make, place, weft, env);
    return await measure({ place, reflector, load, program, pauses: options.pauses && make === "weft", seconds: Number(options.seconds) });
  } finally {
    await net.remove();
  }
}

/** Lower is better for all but rates. */
function timesBetter(figure: string, ours: number, theirs: number): number {
  return figure.endsWith("/s") ? ours / theirs : theirs / ours;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}

function print(name: string, load: Load, all: ReadonlyMap<Make, readonly Figures[]>): void {
  const names = [...new Set([...all.values()].flatMap((runs) => runs.flatMap((r) => Object.keys(r))))];
  for (const figure of names) {
    const column = (make: Make): number[] => (all.get(make) ?? []).flatMap((r) => (r[figure] === undefined ? [] : [r[figure]]));
    const cells = makes.map((make) => {
      const found = column(make);
      return found.length === 0 ? "" : spread(found, median(found) < 10 ? 2 : 0);
    });
    const [ours, theirs] = [column("weft"), column("frr")];
    const ratio = ours.length > 0 && theirs.length > 0 ? timesBetter(figure, median(ours), median(theirs)) : undefined;
    const { times, atMost } = load.wanted[figure] ?? {};
    const wanted = times === undefined ? (atMost === undefined ? "" : `≤ ${atMost}`) : `≥ ${times} ×`;
    const met = times === undefined ? atMost === undefined || median(ours) <= atMost : ratio === undefined || ratio >= times;
    const verdict = wanted === "" || ours.length === 0 ? "" : met ? ": met" : ": **missed**";
    console.log(`| ${name} | ${figure} | ${cells.join(" | ")} | ${ratio === undefined ? "" : ratio.toFixed(1)} | ${wanted}${verdict} |`);
  }
}

console.log(`${machineLine()}; ${makes.map((m) => versionOf(m)).join(", ")}\n`);
console.log(`| load | figure | ${makes.join(" | ")} | times FRR | wanted |\n|---|---|${makes.map(() => "---|").join("")}---|---|`);
const results: Record<string, Record<string, readonly Figures[]>> = {};
try {
  for (const name of options.loads.split(",")) {
    const load = loads[name];
    if (!load) throw new Error(`no load ${name}; there are ${Object.keys(loads).join(", ")}`);
    const all = new Map<Make, Figures[]>(makes.map((m) => [m, []]));
    const runs = Number(options.runs ?? load.runs ?? 5);
    for (let run = 0; run < runs; run++) for (const make of makes) all.get(make)!.push(await runOnce(load, make));
    print(name, load, all);
    results[name] = Object.fromEntries(all);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, undefined, 1)}\n`);
}
