// SPDX-License-Identifier: Apache-2.0
/** One IP at two MACs: quarantine, what operators see of it, and both ways out — RFC 9161 §3.7. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { parseIp } from "../../src/base/net/ip.ts";
import type { NeighbourRow } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { weft, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { FrameSender, gratuitousArp, unsolicitedAdvertisement } from "../../src/lab/workload/announce.ts";
import { Scratch } from "../harness/scratch.ts";
import { Fabric, type Leaf } from "../interop/evpn/fabric.ts";
import { answers, tablesAreTrue } from "../interop/evpn/truth.ts";
import { duplicatesAt, eventsOf, problemsOf } from "./agent-views.ts";

const scratches: Scratch[] = [];
after(async () => {
  for (const net of scratches) await net.remove();
});

const contested = ["192.168.1.52", "fd00:1::52"].map((ip) => parseIp(ip)!);

interface Duplicated {
  readonly fabric: Fabric;
  /** The leaves that have the addresses in quarantine. */
  readonly frozen: readonly Leaf[];
}

/** Two workloads have the same addresses, and say so in turns until an agent has had enough of both. */
async function duplicated(prefix: string, recovery: number | "never"): Promise<Duplicated> {
  const net = new Scratch(prefix);
  scratches.push(net);
  const agent = { duplicateDetection: { moves: 5, seconds: 60, recovery } };
  const fabric = await Fabric.up(net, { leaves: { h1: "own", h2: "own", h3: "adopt" }, reflectors: ["weft"], agent });
  for (const [i, leaf] of fabric.leaves.entries()) await fabric.add(i + 1, leaf);
  await tablesAreTrue(fabric);
  const claimants = ["w1", "w2"].map((name) => fabric.workload(name));
  for (const w of claimants) await fabric.readdress(w.name, [...w.ips, ...contested]);
  const senders = claimants.map((w) => new FrameSender(w.place.namespace, "eth0"));
  const [h1, h2] = [fabric.leaf("h1"), fabric.leaf("h2")];
  let turn = 0;
  const frozen = async (): Promise<Leaf[]> => {
    const all = [];
    for (const leaf of [h1, h2]) if ((await duplicatesAt(leaf)).length === contested.length) all.push(leaf);
    return all;
  };
  await waitFor(
    "an agent to put the addresses in quarantine",
    async () => {
      const n = turn++ % 2;
      senders[n]!.send(gratuitousArp(claimants[n]!.mac, contested[0]!));
      senders[n]!.send(unsolicitedAdvertisement(claimants[n]!.mac, contested[1]!));
      return (await frozen()).length > 0;
    },
    { within: 40_000, every: 300 },
  );
  for (const s of senders) s.close();
  return { fabric, frozen: await frozen() };
}

/** The second workload gives the addresses up; the first says that it has them. */
async function mended(fabric: Fabric): Promise<void> {
  const [w1, w2] = [fabric.workload("w1"), fabric.workload("w2")];
  await fabric.readdress(
    "w2",
    w2.ips.filter((ip) => !contested.includes(ip)),
  );
  await waitFor(
    "tables without the second",
    async () => {
      fabric.announce(w1);
      await tablesAreTrue(fabric);
      return true;
    },
    { within: 60_000 },
  );
  await answers(fabric.workload("w3"), w1);
}

test("addresses that two MACs claim stay where they were until an operator clears them", async () => {
  const { fabric, frozen } = await duplicated("mobdupc", "never");
  for (const leaf of frozen) {
    const rows = await duplicatesAt(leaf);
    assert.deepEqual(
      rows.map((r) => [r.ip, r.until]),
      contested.map((ip) => [ip, null]),
    );
    assert.ok((await eventsOf(leaf)).includes("evpn.duplicate-ip-detected"));
    assert.ok((await problemsOf(leaf)).includes("WEFT_DUPLICATE_IP"));
    // What is known of them is that.
    const known = await inspect<readonly NeighbourRow[]>(weftRunFolder(leaf.place), "/v1/evpn/neighbours");
    for (const { ip, mac } of rows) if (mac !== null) assert.equal(known.find((n) => n.ip === ip)?.mac, mac);
  }
  for (const leaf of frozen) {
    for (const ip of contested) {
      const cleared = await weft(leaf.place, ["evpn", "duplicates", "clear", ip]);
      assert.equal(cleared.status, 0, cleared.stderr);
    }
    assert.deepEqual(await duplicatesAt(leaf), []);
    assert.ok((await eventsOf(leaf)).includes("evpn.duplicate-ip-cleared"));
    assert.ok(!(await problemsOf(leaf)).includes("WEFT_DUPLICATE_IP"));
    assert.equal((await weft(leaf.place, ["evpn", "duplicates", "clear", contested[0]!])).status, 1);
  }
  // The other agent may have had enough a moment after the first.
  for (const leaf of ["h1", "h2"].map((name) => fabric.leaf(name)))
    for (const { ip } of await duplicatesAt(leaf)) if (ip !== null) await weft(leaf.place, ["evpn", "duplicates", "clear", ip]);
  await mended(fabric);
});

test("they are free again by themselves after the configured time", async () => {
  const { fabric, frozen } = await duplicated("mobdupd", 4);
  assert.ok(frozen.length > 0);
  for (const leaf of frozen) {
    await waitFor(`${leaf.name}: the addresses to be free`, async () => (await duplicatesAt(leaf)).length === 0, { within: 20_000 });
    assert.ok((await eventsOf(leaf)).includes("evpn.duplicate-ip-cleared"));
  }
  await mended(fabric);
});
