// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { weft } from "../../src/lab/peer/weft.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { CrowdedHost } from "../harness/crowded-host.ts";

// The full size, with times and memory, is bench/figures/scale.ts.
const host = new CrowdedHost("scale", { networks: 100, remoteMacs: 5000, localMacs: 500, vteps: 50 });
before(() => host.start());
after(() => host.remove());

async function exact(): Promise<void> {
  let last: readonly string[] = [];
  await waitFor("tables to be exact", async () => (last = host.differences()).length === 0, { within: 30_000 }).catch((e: unknown) => {
    throw new Error(`${String(e)}; ${last.length} differences: ${last.slice(0, 5).join("; ")}`);
  });
}

test("many networks with many workloads here and elsewhere: tables and announcements are exact", async () => {
  await host.fill();
  await exact();
});

test("they are exact again after churn, and the agent has found nothing to repair", async () => {
  for (let i = 0; i < 50; i++) {
    host.churn(100);
    await sleep(50);
  }
  await exact();
  const { stdout } = await weft(host.place, ["events"]);
  assert.doesNotMatch(stdout, /kernel\.(repaired|overrun|object-failed|conflict)/);
});

test("what goes comes out of the kernel to the last entry", async () => {
  host.withdrawAll();
  await exact();
});
