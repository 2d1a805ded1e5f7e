// SPDX-License-Identifier: Apache-2.0
/** An agent that dies at any moment while it fills its tables: the next one goes on where it stopped, and writes nothing twice. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { restartWeft, startWeft, weft } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { fdb } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";
import { KernelWatch } from "./kernel-watch.ts";
import { addressOf, agentConfig, asn, converged, kernelDiff, startReady } from "./pair.ts";

/** Fills; a longer run: `WEFT_LONG=1`. */
const rounds = process.env["WEFT_LONG"] === undefined ? 2 : 60;
const lives = 4;
const macs = 5000;

const net = new Scratch("rscrash");
after(async () => await net.remove());

let h1: Place;
let h2: Place;

before(async () => {
  [h1, h2] = [await net.host("h1"), await net.host("h2")];
  await net.segment([
    [h1, `${addressOf(1)}/24`],
    [h2, `${addressOf(2)}/24`],
  ]);
  await startReady(h2, "agent", config(2));
  await net.ip(h2, ["link add p8 type veth peer name p8w", "link set p8w up", "link set p8 up master br100"]);
  const lines = Array.from({ length: macs }, (_, i) => `fdb add ${macOf(i)} dev p8 master static`);
  await net.run(h2, ["bridge", "-batch", "-"], lines.join("\n"));
});

function macOf(i: number): string {
  return `02:08:00:00:${hex(i >> 8)}:${hex(i & 255)}`;
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, "0");
}

function config(n: number): object {
  return { ...agentConfig(n, { peers: [addressOf(3 - n)], more: { ports: [] } }) };
}

/** How many of the MACs are in the VXLAN's table and how many in the bridge's. */
async function programmed(): Promise<readonly [number, number]> {
  const rows = (await fdb(h1)).filter((r) => r.mac.startsWith("02:08:") && r.flags.includes("extern_learn"));
  const self = rows.filter((r) => r.dst === addressOf(2)).length;
  return [self, rows.length - self];
}

test("killed at random moments of a fill", async () => {
  const seen: number[] = [];
  for (let round = 0; round < rounds; round++) {
    assert.equal((await weft(h1, ["agent", "cleanup"])).status, 0);
    // Devices first, so that the monitors tell of entries only.
    await startReady(h1, "agent", { ...config(1), bgp: { asn, routerId: addressOf(1), peers: [] } });
    await stopProcess(h1, "agent", "SIGTERM");
    using watch = new KernelWatch(h1);
    await startWeft(h1, "agent", { config: config(1) });
    for (let life = 0; life < lives; life++) {
      const before = watch.lines.length;
      await waitFor("the fill to begin or go on", () => watch.lines.length > before || before >= 2 * macs, { every: 1 });
      await sleep(Math.random() * 20);
      await stopProcess(h1, "agent", "SIGKILL");
      seen.push((await programmed())[0]);
      await restartWeft(h1, "agent");
    }
    await converged(h1);
    await waitFor("all to be programmed", async () => (await programmed()).every((n) => n === macs));
    assert.deepEqual(await kernelDiff(h1), []);
    const lines = (await watch.stop()).filter((l) => l.includes("02:08:"));
    assert.deepEqual(
      lines.filter((l) => l.startsWith("Deleted")),
      [],
    );
    assert.equal(new Set(lines).size, lines.length, "an entry was written twice");
    assert.equal(lines.length, 2 * macs);
    await stopProcess(h1, "agent", "SIGKILL");
  }
  assert.ok(
    seen.some((n) => n > 0 && n < macs),
    `never in the middle: ${seen.join(" ")}`,
  );
});
