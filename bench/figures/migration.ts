// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/migration.ts [MOVES]` (root): the longest gap in pings every 10 ms to a workload that goes on at another host, as a
 * virtual machine does after live migration: the port at the old host stays, at the new host it says who it is (gratuitous ARP,
 * unsolicited neighbour advertisement), or just speaks. A third host pings. Weft and FRR on the same devices, in the same minutes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../../src/base/net/ip.ts";
import { parseMac } from "../../src/base/net/mac.ts";
import { RunningPing } from "../../src/lab/measure/ping.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { FrameSender, gratuitousArp } from "../../src/lab/workload/announce.ts";
import { fdb } from "../../test/harness/kernel-tables.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { machineLine, quantile } from "../spread.ts";
import { type LeafKind, meet, type ReflectorKind, startLeaf, startReflector } from "./leaves.ts";

const count = Number(process.argv[2] ?? 20);
const mac = parseMac("02:00:00:00:01:01")!;
const ip = "192.168.1.1" as Ip;

/** A workload that moves so often would be taken for a duplicate; FRR only warns. */
const often = { duplicateDetection: { moves: 1000 } };

interface Result {
  readonly gaps: readonly number[];
  /** Entries for the MAC on the new host besides the right one, over all moves. */
  readonly stale: number;
}

async function measure(leaf: LeafKind, reflector: ReflectorKind): Promise<Result> {
  const net = new Scratch("benchmig");
  try {
    const [l1, l2, l3, rr] = [await net.host("l1"), await net.host("l2"), await net.host("l3"), await net.host("rr")];
    await net.segment([
      [l1, "10.0.0.1/24"],
      [l2, "10.0.0.2/24"],
      [l3, "10.0.0.3/24"],
      [rr, "10.0.0.4/24"],
    ]);
    await startReflector(reflector, rr, "10.0.0.4", "10.0.0.0/24");
    for (const [i, l] of [l1, l2, l3].entries()) await startLeaf(leaf, l, `10.0.0.${i + 1}`, "10.0.0.4", often);
    await meet(l1, l2);
    await meet(l2, l3);
    const w = await net.host("w");
    await net.ip(w, [`link add eth0 address ${mac} type bridge mcast_snooping 0`, `address add ${ip}/24 dev eth0`, "link set eth0 up"]);
    for (const [i, l] of [l1, l2].entries()) {
      await net.link(w, `leg${i}`, l, "p-w");
      await net.ip(l, ["link set p-w addrgenmode none", "link set p-w master br100"]);
    }
    await net.ip(w, ["link set leg0 master eth0"]);
    const pinger = await net.workload("pinger", l3, "p-ping", "br100", "02:00:00:00:01:03", ["192.168.1.3/24"]);
    const sender = new FrameSender(w.namespace, "eth0");
    // An agent that has just started keeps what it finds for 3 s beyond the peers' End-of-RIB.
    await sleep(4000);
    sender.send(gratuitousArp(mac, ip));
    const gaps: number[] = [];
    let stale = 0;
    for (let i = 0; i < count; i++) {
      const run = new RunningPing(pinger, ip);
      await waitFor("answers", () => run.received > 20, { within: 30_000 });
      const [from, to] = i % 2 === 0 ? [0, 1] : [1, 0];
      await net.ip(w, [`link set leg${from} nomaster`, `link set leg${to} master eth0`]);
      sender.send(gratuitousArp(mac, ip));
      const had = run.received;
      await waitFor("answers from there", () => run.received > had + 30, { within: 30_000 });
      gaps.push((await run.stop()).longestGap);
      await sleep(300);
      stale += (await fdb([l1, l2][to]!)).filter((row) => row.mac === mac && row.ifname !== "p-w").length;
    }
    sender.close();
    return { gaps, stale };
  } finally {
    await net.remove();
  }
}

console.log(`${machineLine()}; ${count} moves each\n`);
console.log("| leaves | reflector | longest gap, p50 / p90 / worst ms | stale entries |\n|---|---|---|---|");
for (const [leaf, reflector] of [
  ["weft", "weft"],
  ["frr", "frr"],
  ["weft", "frr"],
  ["frr", "weft"],
] as const) {
  const { gaps, stale } = await measure(leaf, reflector);
  console.log(`| ${leaf} | ${reflector} | ${[0.5, 0.9, 1].map((q) => quantile(gaps, q).toFixed(0)).join(" / ")} | ${stale} |`);
}
