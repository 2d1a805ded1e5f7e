// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/fib.ts [RUNS] [KINDS] [LATER]` (root): 50,000 type-2 routes from one peer until the kernel holds the 100,000 FDB entries that
 * they mean (VXLAN and bridge), and until they are gone again when the peer withdraws them. Weft and FRR in turn (`KINDS`, default
 * `weft,frr`), on the same devices; the clock starts when the first route is handed to the sender's RIB. `LATER`: seconds until memory is looked at again, default 40.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { macFromBytes } from "../../src/base/net/mac.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import type { Speaker } from "../../src/bgp/speaker/speaker.ts";
import { Evpn } from "../../src/evpn/evpn.ts";
import type { Rd } from "../../src/base/net/rd.ts";
import type { LocalRoute } from "../../src/bgp/rib/types.ts";
import { recordedProcesses } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { machineLine, spread } from "../spread.ts";
import { asn, type LeafKind, startLeaf, vni } from "./leaves.ts";
import { senderAddress, sessionWith, senderAt } from "../../test/harness/sender.ts";

const runs = Number(process.argv[2] ?? 5);
const kinds = (process.argv[3] ?? "weft,frr").split(",") as LeafKind[];
const later = Number(process.argv[4] ?? 40) * 1000;
const count = 50_000;
const mostMs = 30_000;

/** Routes as a VTEP 10.0.0.4 would announce them for 50,000 workloads. */
function routes(): LocalRoute[] {
  const evpn = new Evpn();
  const targets = [`${asn}:${vni}`];
  evpn.configure([{ network: "n", vni, rd: "10.0.0.4:1" as Rd, importTargets: targets, exportTargets: targets, vtep: senderAddress }], 0);
  const macs = Array.from({ length: count }, (_, i) => macFromBytes(Uint8Array.of(2, 0, 1, i >> 16, (i >> 8) & 255, i & 255)));
  const output = evpn.applyLocal(
    macs.map((mac) => ({ kind: "mac-up", mac: { network: "n", mac, port: "p", sticky: false, origin: "declared" } })),
    0,
  );
  return output.routes.flatMap((r) => (r.kind === "announce" ? [r.route] : []));
}

/**
 * Announces or withdraws everything, and resolves with the ms until the kernel of the leaf has reported that every entry came or went; NaN when it did
 * not: zebra 8.4.4 is seen to stop half-way through a withdrawal.
 */
async function timed(leaf: Place, speaker: Speaker, all: readonly LocalRoute[], change: "new" | "delete"): Promise<number> {
  const conn = new NetlinkConnection({ namespace: namespacePath(leaf.namespace) });
  const { promise, resolve } = Promise.withResolvers<number>();
  let entries = 0;
  conn.subscribe(["fdb"], {
    onEvents: (events) => {
      for (const e of events) if (e.object === "fdb" && e.change === change && e.value.mac.startsWith("02:00:01:")) entries++;
      if (entries >= 2 * count) resolve(performance.now());
    },
    onOverrun: (reason) => console.error(`the bench itself lost events: ${reason}`),
  });
  await sleep(500);
  const since = performance.now();
  for (const route of all)
    if (change === "new") speaker.rib.announceLocal(route);
    else speaker.rib.withdrawLocal(route.family, route.nlri);
  speaker.changed();
  const at = await Promise.race([promise, sleep(mostMs, undefined, { ref: false })]);
  if (at === undefined) {
    console.error(`${leaf.namespace}: ${change}, only ${entries} of ${2 * count} entries after ${mostMs} ms`);
    conn.close();
    return Number.NaN;
  }
  const { ifindex } = conn.dump("link", { name: "vx100" })[0]!;
  const held = conn.dump("fdb", { ifindex }).filter((e) => e.mac.startsWith("02:00:01:")).length;
  const expected = change === "new" ? 2 * count : 0;
  if (held !== expected) throw new Error(`${leaf.namespace}: ${held} entries in the kernel, not ${expected}`);
  conn.close();
  return at - since;
}

/** Octets resident, MB: right after the fill, and when what it left behind had time to go. CPU of all processes of the leaf, ms. */
interface Figures {
  readonly ms: number;
  readonly userMs: number;
  readonly systemMs: number;
  readonly mb: number;
  readonly mbLater: number;
  /** Until all were withdrawn again. */
  readonly goneMs: number;
}

function residentMb(place: Place): number {
  const kb = recordedProcesses(place.folder).map((p) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${p.identity.pid}/status`, "utf8"))?.[1]),
  );
  return kb.reduce((a, b) => a + b, 0) / 1024;
}

/** CPU so far, ms: a tick of the kernel is 10 ms. */
function cpuMs(place: Place): { readonly user: number; readonly system: number } {
  const [user, system] = [13, 14].map((field) =>
    recordedProcesses(place.folder)
      .map((p) =>
        Number(
          readFileSync(`/proc/${p.identity.pid}/stat`, "utf8")
            .replace(/\(.*\)/, "x")
            .split(" ")[field],
        ),
      )
      .reduce((a, b) => a + b, 0),
  ) as [number, number];
  return { user: user * 10, system: system * 10 };
}

async function measure(kind: LeafKind, all: readonly LocalRoute[]): Promise<Figures> {
  const net = new Scratch("benchfib");
  try {
    const [leaf, source] = [await net.host("leaf"), await net.host("source")];
    await net.segment([
      [leaf, "10.0.0.1/24"],
      [source, "10.0.0.4/24"],
    ]);
    const speaker = senderAt(source, asn);
    await speaker.start();
    await startLeaf(kind, leaf, "10.0.0.1", senderAddress);
    await sessionWith(speaker);
    await sleep(1500);
    const before = cpuMs(leaf);
    const ms = await timed(leaf, speaker, all, "new");
    await sleep(500);
    const after = cpuMs(leaf);
    const mb = residentMb(leaf);
    await sleep(later);
    const mbLater = residentMb(leaf);
    const goneMs = await timed(leaf, speaker, all, "delete");
    await speaker.stop();
    return { ms, userMs: after.user - before.user, systemMs: after.system - before.system, mb, mbLater, goneMs };
  } finally {
    await net.remove();
  }
}

const all = routes();
const results = new Map(kinds.map((kind) => [kind, [] as Figures[]]));
for (let run = 0; run < runs; run++) for (const [kind, figures] of results) figures.push(await measure(kind, all));
const frr = /bgpd version (\S+)/.exec(execFileSync("/usr/lib/frr/bgpd", ["--version"], { encoding: "utf8" }))?.[1];
console.log(`${machineLine()}; FRR ${frr}; ${runs} runs in turn; min / median / max\n`);
console.log(
  `| leaf | ${count} routes → ${2 * count} entries, ms | CPU user, ms | system, ms | resident, MB | ${later / 1000} s later, MB | all withdrawn, ms |`,
);
console.log("|---|---|---|---|---|---|---|");
for (const [kind, figures] of results)
  console.log(
    `| ${kind} | ${(["ms", "userMs", "systemMs", "mb", "mbLater", "goneMs"] as const).map((f) => spread(figures.map((r) => r[f]))).join(" | ")} |`,
  );
