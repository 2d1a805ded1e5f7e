// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/fill-stages.ts [ROUNDS]` (root, for the last stage): what each stage of the way from UPDATEs to the kernel adds for 50,000 type-2 routes,
 * CPU of the whole process, in a process of its own per stage. The first round is that of a cold process, the fastest of the others that of a warm one.
 */
import { execFileSync, spawnSync } from "node:child_process";
import type { Ip } from "../../src/base/net/ip.ts";
import { systemClock, nextTurn } from "../../src/base/run/clock.ts";
import { MemoryJournal } from "../../src/base/run/journal.ts";
import { MemoryMetrics } from "../../src/base/run/metrics.ts";
import { createNamespace, deleteNamespace, namespacePath } from "../../src/base/sys/namespace.ts";
import { BestPaths } from "../../src/agent/best-paths.ts";
import { DesiredState } from "../../src/agent/desired/desired-state.ts";
import { PaperKernel } from "../../src/agent/kernel/paper-kernel.ts";
import { Vtep } from "../../src/agent/vtep.ts";
import { Rib } from "../../src/bgp/rib/rib.ts";
import type { BestChange } from "../../src/bgp/rib/types.ts";
import { madeUpUpdate } from "../../src/bgp/speaker/made-up-update.ts";
import { MessageFramer } from "../../src/bgp/speaker/message-framer.ts";
import { parseAgentConfig } from "../../src/contract/config/load.ts";
import { Evpn } from "../../src/evpn/evpn.ts";
import type { Rd } from "../../src/base/net/rd.ts";
import type { NetlinkConn } from "../../src/netlink/socket/conn.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { machineLine } from "../spread.ts";

const count = 50_000;
const perUpdate = 100;
const stages = ["frame, RIB", "+ best paths told", "+ import", "+ desired", "+ plan, encoding", "+ kernel"] as const;
type Stage = (typeof stages)[number];
const settings = `
host: a
adopt: true
discovery: false
bgp: { asn: 65000, routerId: 127.0.0.9, peers: [] }
vtep: { address: 127.0.0.9 }
`;

interface Sink {
  readonly take: (changes: readonly BestChange[]) => void;
  readonly isBusy: () => boolean;
  readonly end: () => Promise<void>;
}

const target = "65000:100";
const vrf = { network: "n", vni: 100, rd: "127.0.0.9:1" as Rd, importTargets: [target], exportTargets: [target], vtep: "127.0.0.9" as Ip };
const plan = { network: "n", vni: 100, mode: "adopt", domain: undefined, ns: "", bridge: "br100", vxlan: "vx100", vtep: vrf.vtep } as const;
const done = async (): Promise<void> => {};

async function sinkOf(stage: Stage): Promise<Sink | undefined> {
  if (stage === "frame, RIB") return undefined;
  if (stage === "+ best paths told") return { take: () => undefined, isBusy: () => false, end: done };
  if (stage === "+ plan, encoding" || stage === "+ kernel") return await vtepSink(stage === "+ kernel");
  const evpn = new Evpn();
  evpn.configure([vrf], 0);
  const desired = new DesiredState();
  desired.configure([{ ...plan, port: 4789, mtu: undefined, gateway: undefined, unknownNeighbours: "flood" }], []);
  const flood = { addMac: () => undefined, addRoute: () => undefined };
  const best = new BestPaths(systemClock, (changes) => {
    const { forwarding } = evpn.applyBest(changes, 0);
    if (stage === "+ desired") desired.forward(forwarding, flood);
  });
  return { take: (changes) => best.add(changes), isBusy: () => best.isBusy, end: done };
}

async function vtepSink(real: boolean): Promise<Sink> {
  const name = `fillstages-${process.pid}`;
  let conn: NetlinkConn;
  if (real) {
    createNamespace(name);
    const ip = (...words: string[]): unknown => execFileSync("ip", ["-n", name, ...words]);
    ip("link", "add", "br100", "type", "bridge", "mcast_snooping", "0");
    ip("link", "add", "vx100", "type", "vxlan", "id", "100", "local", "127.0.0.9", "dstport", "4789", "nolearning");
    ip("link", "set", "vx100", "master", "br100", "up");
    ip("link", "set", "br100", "up");
    conn = new NetlinkConnection({ namespace: namespacePath(name) });
  } else {
    conn = new PaperKernel({ bridge: "br100", vxlan: "vx100", vni: 100 });
  }
  const vtep = new Vtep({
    config: parseAgentConfig(settings, "bench"),
    clock: systemClock,
    journal: new MemoryJournal(),
    metrics: new MemoryMetrics(),
    connect: () => conn,
    namespaces: { list: () => [], create: () => undefined, remove: () => undefined },
    sysctls: { read: () => undefined, write: () => undefined },
    rulesets: { state: () => undefined, write: () => undefined, remove: () => undefined },
    originate: () => undefined,
  });
  await vtep.start();
  await vtep.reconciler.settle();
  const end = async (): Promise<void> => {
    if (real) {
      const held = conn.dump("fdb").filter((e) => e.dst === "127.0.0.1" && e.mac !== "00:00:00:00:00:00").length;
      if (held !== count) throw new Error(`${held} entries in the kernel, not ${count}`);
    }
    await vtep.stop();
    if (real) deleteNamespace(name);
  };
  return { take: (changes) => vtep.applyBest(changes), isBusy: () => vtep.isBusy, end };
}

/** @returns ms of CPU: user, system */
async function round(stage: Stage, updates: readonly Uint8Array[]): Promise<readonly [number, number]> {
  const sink = await sinkOf(stage);
  const rib = new Rib({ asn: 65000, routerId: 1, output: { write: (_slot, _bytes, release) => (release(), true) } });
  if (sink) rib.subscribe(sink.take);
  const address = "127.0.0.1" as Ip;
  const terms = { role: "client", asn: 65000, routerId: 2, families: ["l2vpn-evpn"], fourOctetAs: true, maxMessage: 4096 } as const;
  const slot = rib.addPeer({ name: "bench", address, ...terms });
  while (rib.flush());
  const framer = new MessageFramer({
    message: (_type, bytes, start, end) => rib.update(slot, bytes, start, end).reaction === "ok",
    fault: (_, why) => {
      throw new Error(why);
    },
  });
  const before = process.cpuUsage();
  for (const [i, update] of updates.entries()) {
    framer.push(update);
    // What a turn of the loop brings: RibTurn's octetsPerTurn.
    if (i % 140 !== 139) continue;
    rib.flush();
    await nextTurn(systemClock);
  }
  while (rib.flush());
  while (sink?.isBusy()) await nextTurn(systemClock);
  const { user, system } = process.cpuUsage(before);
  await sink?.end();
  return [user / 1000, system / 1000];
}

if (process.argv[2] === "stage") {
  const updates = Array.from({ length: count / perUpdate }, (_, i) => madeUpUpdate(1 + i * perUpdate, perUpdate, [0, 3]));
  const rounds: (readonly [number, number])[] = [];
  for (let i = 0; i < Number(process.argv[4]); i++) rounds.push(await round(process.argv[3] as Stage, updates));
  console.log(JSON.stringify(rounds));
} else {
  const rounds = process.argv[2] ?? "8";
  console.log(`${machineLine()}; ${count} routes, ${rounds} rounds; ms of CPU, user + system\n`);
  console.log("| up to this stage | cold | warm, fastest | warm, ns/route |\n|---|---|---|---|");
  for (const stage of stages) {
    const flags = ["--max-semi-space-size=4", "--v8-pool-size=1"];
    const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, import.meta.filename, "stage", stage, rounds], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    const all = JSON.parse(stdout) as (readonly [number, number])[];
    const sum = ([user, system]: readonly [number, number]): number => user + system;
    const [fastest] = all.slice(1).toSorted((a, b) => sum(a) - sum(b));
    const text = ([user, system]: readonly [number, number]): string => `${user.toFixed(0)} + ${system.toFixed(0)}`;
    console.log(`| ${stage} | ${text(all[0]!)} | ${text(fastest!)} | ${((sum(fastest!) / count) * 1e6).toFixed(0)} |`);
  }
}
