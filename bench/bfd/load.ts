// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/bfd/load.ts [--seconds 20]` (root): BFD at 300 ms × 3 while a reflector takes in, passes on and withdraws a million routes
 * again and again, and what a thousand sessions cost: CPU and memory of the reflector with BFD and without.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { weftRunFolder } from "../../src/lab/peer/weft.ts";
import { Client } from "../../src/cli/client.ts";
import type { PeerRow } from "../../src/contract/inspect.ts";
import { startProcess, stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { buildGenerator, clientRange, type Crowd, Generator, reflectorAddress } from "../reflector/generator.ts";
import {
  buildPackage,
  cpuSeconds,
  longestPause,
  pauseProbe,
  residentOctets,
  type Running,
  startReflector,
} from "../reflector/reflectors.ts";
import { machineLine } from "../spread.ts";

const { values: options } = parseArgs({ options: { seconds: { type: "string", default: "20" } } });
const folder = mkdtempSync(path.join(tmpdir(), "weft-bench-"));
const program = buildGenerator(folder);
const weft = buildPackage(folder);

interface Rig {
  readonly place: Place;
  readonly reflector: Running;
  readonly generator: Generator;
}

async function withRig(crowd: Crowd, bfd: boolean, measure: (rig: Rig) => Promise<void>): Promise<void> {
  const net = new Scratch("benchbfd");
  try {
    const place = await net.host("rr");
    await net.ip(place, [`address add ${reflectorAddress}/32 dev lo`, `route add local ${clientRange} dev lo`]);
    const env = { NODE_OPTIONS: `--import=${pauseProbe}`, PAUSE_FILE: `${place.folder}/pause` };
    const reflector = await startReflector("weft", place, weft, env, bfd);
    if (bfd) await startProcess(place, "responder", [process.execPath, path.join(import.meta.dirname, "responder.ts"), `${crowd.clients}`]);
    const generator = new Generator(program, place, crowd);
    await generator.connect(0, crowd.clients);
    if (bfd) await waitFor(`${crowd.clients} BFD sessions`, async () => (await up(place)) === crowd.clients, { within: 60_000 });
    await measure({ place, reflector, generator });
    generator.end();
    if (bfd) await stopProcess(place, "responder");
  } finally {
    await net.remove();
  }
}

async function up(place: Place): Promise<number> {
  const rows = await new Client(weftRunFolder(place)).get<readonly PeerRow[]>("/v1/bgp/peers");
  return rows.filter((p) => p.bfd === "up").length;
}

/** Sessions that went down so far, of whatever cause. */
async function downs(place: Place): Promise<number> {
  const text = await new Client(weftRunFolder(place)).getText("/metrics");
  return [...text.matchAll(/^weft_bfd_transitions_total\{.*to="(?!up").*\} (\d+)$/gm)].reduce((n, m) => n + Number(m[1]), 0);
}

/** CPU of one core in percent, and resident MB, while nothing happens. */
async function idle(reflector: Running, seconds: number): Promise<readonly [cpu: number, resident: number]> {
  const before = cpuSeconds(reflector);
  await sleep(seconds * 1000);
  return [((cpuSeconds(reflector) - before) / seconds) * 100, residentOctets(reflector) / 1e6];
}

console.log(`${machineLine()}; BFD 300 ms × 3\n`);
const seconds = Number(options.seconds);

await withRig({ senders: 4, clients: 20, routes: 250_000 }, true, async ({ generator, place, reflector }) => {
  await longestPause(reflector, place);
  const began = performance.now();
  let rounds = 0;
  while (performance.now() - began < seconds * 1000) {
    await generator.announce(rounds);
    await generator.withdraw();
    rounds++;
  }
  const took = ((performance.now() - began) / 1000).toFixed(0);
  const pause = (await longestPause(reflector, place)).toFixed(0);
  console.log(
    `${rounds} times 1,000,000 routes announced and withdrawn to 20 clients in ${took} s: ${await downs(place)} sessions of BFD down;`,
  );
  console.log(`longest time without a turn of the reflector's loop ${pause} ms`);
});

for (const bfd of [false, true]) {
  await withRig({ senders: 1, clients: 1000, routes: 1 }, bfd, async ({ place, reflector }) => {
    const [cpu, resident] = await idle(reflector, Math.min(10, seconds));
    const fell = bfd ? `, ${await downs(place)} down` : "";
    console.log(`1,000 idle clients ${bfd ? "with" : "without"} BFD: ${cpu.toFixed(1)} % of a core, ${resident.toFixed(0)} MB${fell}`);
  });
}
rmSync(folder, { recursive: true, force: true });
