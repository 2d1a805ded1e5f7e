// SPDX-License-Identifier: Apache-2.0
/** `node bench/netlink.ts` (root): how fast FDB entries go into the kernel, how soon its events come back. Prints a Markdown table. */
import { cpus, release } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../src/base/net/ip.ts";
import type { Mac } from "../src/base/net/mac.ts";
import { createNamespace, deleteNamespace, namespacePath } from "../src/base/sys/namespace.ts";
import { type FdbRequest, fdb } from "../src/netlink/route/fdb.ts";
import { link } from "../src/netlink/route/link.ts";
import { NetlinkConnection } from "../src/netlink/socket/netlink-connection.ts";

const entries = 50_000;
const rounds = 5;
const samples = 2000;
const name = `nlbench-${process.pid}`;

function requests(ifindex: number, count: number): FdbRequest[] {
  return Array.from({ length: count }, (_, n) => {
    const low = n
      .toString(16)
      .padStart(6, "0")
      .replace(/(..)(?!$)/g, "$1:");
    return fdb.add({ ifindex, mac: `02:00:00:${low}` as Mac, dst: "10.0.0.2" as Ip });
  });
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): string => sorted[Math.floor((sorted.length - 1) * q)]!.toFixed(0);
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}`;
}

function perSecond(count: number, run: () => void): number {
  const since = performance.now();
  run();
  return (count / (performance.now() - since)) * 1000;
}

async function eventLatency(conn: NetlinkConnection, ifindex: number): Promise<number[]> {
  let seen: (() => void) | undefined;
  const subscription = conn.subscribe(["fdb"], { onEvents: () => seen?.(), onOverrun: (reason) => console.error(reason) });
  await sleep(20);
  const micros: number[] = [];
  for (const r of requests(ifindex, samples)) {
    const { promise, resolve } = Promise.withResolvers<void>();
    seen = resolve;
    const since = performance.now();
    conn.run(r);
    await promise;
    micros.push((performance.now() - since) * 1000);
  }
  subscription.close();
  return micros;
}

createNamespace(name);
try {
  const conn = new NetlinkConnection({ namespace: namespacePath(name) });
  const adds: number[] = [];
  const dumps: number[] = [];
  const slices: number[] = [];
  for (let round = 0; round < rounds; round++) {
    conn.run(link.add({ name: "vx0", up: true, kind: { kind: "vxlan", id: 100, port: 4789, learning: false } }));
    const { ifindex } = conn.dump("link", { name: "vx0" })[0]!;
    const all = requests(ifindex, entries);
    adds.push(perSecond(entries, () => conn.run(...all)));
    dumps.push(perSecond(entries, () => void conn.dump("fdb", { ifindex })));
    conn.run(link.delete(ifindex));
    conn.run(link.add({ name: "vx0", up: true, kind: { kind: "vxlan", id: 100, port: 4789, learning: false } }));
    const since = performance.now();
    const again = conn.dump("link", { name: "vx0" })[0]!.ifindex;
    await conn.executeInSlices(requests(again, entries));
    slices.push((entries / (performance.now() - since)) * 1000);
    conn.run(link.delete(again));
  }
  conn.run(link.add({ name: "vx0", up: true, kind: { kind: "vxlan", id: 100, port: 4789, learning: false } }));
  const latency = await eventLatency(conn, conn.dump("link", { name: "vx0" })[0]!.ifindex);
  conn.close();
  const thousands = (values: readonly number[]): string => values.map((v) => `${Math.round(v / 1000)}`).join(", ");
  console.log(
    `${new Date().toISOString().slice(0, 10)}, kernel ${release()}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]!.model}\n`,
  );
  console.log("| measure | result |\n|---|---|");
  console.log(`| FDB adds, one call, thousand/s (each of ${rounds} runs) | ${thousands(adds)} |`);
  console.log(`| FDB adds in slices, with making the requests, thousand/s | ${thousands(slices)} |`);
  console.log(`| FDB dump, thousand entries/s | ${thousands(dumps)} |`);
  console.log(`| own change until its event is handled, µs (${samples}) | ${spread(latency)} |`);
} finally {
  deleteNamespace(name);
}
