// SPDX-License-Identifier: Apache-2.0
/** One MAC at two places: quarantine, what operators see of it, and both ways out — RFC 7432 §15.1. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { parseIp } from "../../src/base/net/ip.ts";
import { weft } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { FrameSender, gratuitousArp } from "../../src/lab/workload/announce.ts";
import { Scratch } from "../harness/scratch.ts";
import { bridge, Fabric, type Leaf, type Workload } from "../interop/evpn/fabric.ts";
import { answers, tablesAreTrue } from "../interop/evpn/truth.ts";
import { duplicatesAt, eventsOf, problemsOf } from "./agent-views.ts";

const scratches: Scratch[] = [];
after(async () => {
  for (const net of scratches) await net.remove();
});

interface Duplicated {
  readonly net: Scratch;
  readonly fabric: Fabric;
  readonly w: Workload;
  readonly copy: Place;
  /** The leaves that have the MAC in quarantine. */
  readonly frozen: readonly Leaf[];
}

/** Two workloads with one MAC speak in turns until an agent has had enough. */
async function duplicated(prefix: string, recovery: number | "never"): Promise<Duplicated> {
  const net = new Scratch(prefix);
  scratches.push(net);
  const duplicateDetection = { moves: 5, seconds: 60, recovery };
  const fabric = await Fabric.up(net, {
    leaves: { h1: "own", h2: "own", h3: "adopt" },
    reflectors: ["weft"],
    agent: { duplicateDetection },
  });
  const w = await fabric.add(10, fabric.leaf("h1"));
  await fabric.add(3, fabric.leaf("h3"));
  await tablesAreTrue(fabric);
  const copy = await net.workload("copy", fabric.leaf("h2").place, "p-copy", bridge, w.mac, []);
  const senders = [copy, w.place].map((p) => new FrameSender(p.namespace, "eth0"));
  let turn = 0;
  await waitFor(
    "an agent to put the MAC in quarantine",
    async () => {
      senders[turn++ % 2]!.send(gratuitousArp(w.mac, parseIp("192.168.1.99")!));
      return (await duplicatesAt(fabric.leaf("h1"))).length + (await duplicatesAt(fabric.leaf("h2"))).length > 0;
    },
    { within: 20_000, every: 150 },
  );
  for (const s of senders) s.close();
  const frozen: Leaf[] = [];
  for (const leaf of [fabric.leaf("h1"), fabric.leaf("h2")]) if ((await duplicatesAt(leaf)).length > 0) frozen.push(leaf);
  return { net, fabric, w, copy, frozen };
}

/** The copy is gone, the workload speaks, and every table is right again. */
async function mended({ fabric, w }: Duplicated): Promise<void> {
  await waitFor(
    "tables without the copy",
    async () => {
      fabric.announce(w);
      await tablesAreTrue(fabric);
      return true;
    },
    { within: 60_000 },
  );
  await answers(fabric.workload("w3"), w);
}

test("a duplicate is shown, and is free again by itself after the configured time", async () => {
  const all = await duplicated("mobdupa", 4);
  const { net, w, copy, frozen } = all;
  await net.ip(copy, ["link del eth0"]);
  for (const leaf of frozen) {
    assert.ok((await eventsOf(leaf)).includes("evpn.duplicate-detected"));
    await waitFor(`${leaf.name}: the MAC to be free`, async () => (await duplicatesAt(leaf)).length === 0, { within: 15_000 });
    assert.ok((await eventsOf(leaf)).includes("evpn.duplicate-cleared"));
    assert.ok(!(await problemsOf(leaf)).includes("WEFT_DUPLICATE_MAC"));
  }
  assert.ok(frozen.length > 0, w.mac);
  await mended(all);
});

test("a duplicate stays in quarantine until an operator clears it", async () => {
  const all = await duplicated("mobdupb", "never");
  const { net, w, copy, frozen } = all;
  for (const leaf of frozen) {
    const [row] = await duplicatesAt(leaf);
    assert.deepEqual([row?.mac, row?.moves, row?.until], [w.mac, 5, null]);
    assert.ok((await problemsOf(leaf)).includes("WEFT_DUPLICATE_MAC"));
  }
  await net.ip(copy, ["link del eth0"]);
  for (const leaf of frozen) {
    assert.equal((await duplicatesAt(leaf)).length, 1);
    const cleared = await weft(leaf.place, ["evpn", "duplicates", "clear", w.mac]);
    assert.equal(cleared.status, 0, cleared.stderr);
    assert.deepEqual(await duplicatesAt(leaf), []);
    assert.ok(!(await problemsOf(leaf)).includes("WEFT_DUPLICATE_MAC"));
  }
  await mended(all);
});
