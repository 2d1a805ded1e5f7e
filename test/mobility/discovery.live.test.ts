// SPDX-License-Identifier: Apache-2.0
/** Addresses that become known, and move, without anything that the kernel takes notice of. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readSysctl } from "../../src/base/sys/sysctl.ts";
import { parseIp } from "../../src/base/net/ip.ts";
import { gratuitousArp, FrameSender } from "../../src/lab/workload/announce.ts";
import { ping } from "../../src/lab/measure/ping.ts";
import type { StatusReply } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { setSysctls } from "../../src/lab/fabric/namespaces.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { neighbours } from "../harness/kernel-tables.ts";
import { weft, weftProgram, weftReady, weftRunFolder, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { startProcess, stopProcess } from "../../src/lab/system/managed-process.ts";
import { Scratch } from "../harness/scratch.ts";
import { bridge, Fabric, type Leaf, type Workload } from "../interop/evpn/fabric.ts";
import { answers, tablesAreTrue } from "../interop/evpn/truth.ts";

const net = new Scratch("mobdis");
after(async () => await net.remove());

let fabric: Fabric;
before(async () => {
  fabric = await Fabric.up(net, {
    leaves: { h1: "own", h2: "adopt", h3: "own", f4: "frr" },
    reflectors: ["weft"],
    agent: { duplicateDetection: { moves: 1000 } },
  });
  for (const [i, leaf] of fabric.leaves.entries()) await fabric.add(i + 1, leaf);
  await tablesAreTrue(fabric);
});

/** Addresses `more` go from one workload to another, whose MAC stays as it is. */
async function handOver(from: Workload, to: Workload, more: Workload["ips"]): Promise<void> {
  await fabric.readdress(from.name, fabric.identity(Number(from.name.slice(1))).ips);
  await fabric.readdress(to.name, [...fabric.identity(Number(to.name.slice(1))).ips, ...more]);
}

test("an address that goes to another MAC on another host is there as soon as it is announced, and back again", async () => {
  const shared = [parseIp("192.168.1.200")!, parseIp("fd00:1::200")!];
  await fabric.readdress("w1", [...fabric.workload("w1").ips, ...shared]);
  fabric.announce(fabric.workload("w1"));
  await tablesAreTrue(fabric);
  for (const [from, to] of [
    ["w1", "w2"],
    ["w2", "w3"],
    ["w3", "w1"],
    ["w1", "w3"],
  ] as const) {
    await handOver(fabric.workload(from), fabric.workload(to), shared);
    fabric.announce(fabric.workload(to));
    await tablesAreTrue(fabric);
    await answers(fabric.workload("w4"), fabric.workload(to), 1);
  }
});

test("an address is known everywhere from the first question that a workload asks", async () => {
  for (const name of ["w1", "w2", "w3"]) {
    const w = fabric.workload(name);
    const [ip4, ip6] = [parseIp(`192.168.1.10${name.slice(1)}`)!, parseIp(`fd00:1::10${name.slice(1)}`)!];
    await fabric.readdress(name, [...w.ips, ip4, ip6]);
    // Nobody has these: the workload asks everybody, and no answer tells of it either.
    await net.run(w.place, ["sh", "-c", `ping -c1 -W1 -I ${ip4} 192.168.1.99; ping -c1 -W1 -I ${ip6} fd00:1::99; true`]);
  }
  await tablesAreTrue(fabric);
});

test("an address that two workloads of one host claim in turns costs a few changes, and the last word counts", async () => {
  const h1 = fabric.leaf("h1");
  const [a, b] = [await fabric.add(50, h1), await fabric.add(51, h1)];
  await tablesAreTrue(fabric);
  const contested = parseIp("192.168.1.52")!;
  const senders = [a, b].map((w) => new FrameSender(w.place.namespace, "eth0"));
  // Questions: the kernel itself takes no address from them.
  const questions = [a, b].map((w) => {
    const frame = gratuitousArp(w.mac, contested);
    frame.set([192, 168, 1, 99], 38);
    return frame;
  });
  for (let i = 0; i < 2000; i++) {
    senders[i % 2]!.send(questions[i % 2]!);
    if (i % 50 === 0) await ping(a.place, b.ips[0]!, { count: 1 });
  }
  for (const s of senders) s.close();
  fabric.workloads.set("w51", { ...b, ips: [...b.ips, contested] });
  await tablesAreTrue(fabric);
  // Nobody really has it: the kernel asks, and hears no answer.
  fabric.workloads.set("w51", b);
  const { stdout } = await weft(h1.place, ["metrics"]);
  const changes = Number(/^weft_local_changes_total\{kind="neighbour-up"\} (\d+)/m.exec(stdout)?.[1]);
  assert.ok(changes > 0 && changes < 40, `${changes} addresses told`);
  await tablesAreTrue(fabric);
});

/** A counter of an agent. */
async function counted(leaf: Leaf, name: string): Promise<number> {
  const { stdout } = await weft(leaf.place, ["metrics"]);
  return Number(new RegExp(`^${name} (\\d+)`, "m").exec(stdout)?.[1] ?? 0);
}

for (const [what, n, rpFilter] of [
  ["a workload", 60, 0],
  // What the kernel asks from is an address of the host, to which this one has no way back.
  ["a workload that filters by reverse path", 61, 1],
] as const) {
  test(`addresses that ${what} had elsewhere are asked for where it comes: those in use stay, those given up go`, async () => {
    const h2 = fabric.leaf("h2");
    const { name, ips, place } = await fabric.add(n, fabric.leaf("h1"));
    setSysctls(place.namespace, { "ipv4/conf/all/rp_filter": rpFilter, "ipv4/conf/eth0/rp_filter": rpFilter });
    const given = [parseIp(`192.168.1.1${n}`)!, parseIp(`fd00:1::1${n}`)!];
    await fabric.readdress(name, [...ips, ...given]);
    fabric.announce(fabric.workload(name));
    await tablesAreTrue(fabric);
    const before = await counted(h2, "weft_discovery_given_up_total");
    await fabric.readdress(name, ips);
    const w = await fabric.carry(name, "h2", { silently: true });
    // One word from it, of none of its addresses.
    const sender = new FrameSender(w.place.namespace, "eth0");
    sender.send(gratuitousArp(w.mac, parseIp("0.0.0.0")!));
    sender.close();
    await waitFor("the address that nobody answers for to be given up", async () => {
      return (await counted(h2, "weft_discovery_given_up_total")) > before;
    });
    await tablesAreTrue(fabric);
  });
}

test("the kernel's garbage collection takes no address of a silent workload", async () => {
  const h1 = fabric.leaf("h1");
  await net.ip(h1.place, ["link add crowd type veth peer name crowd-end", "link set crowd up", "link set crowd-end up"]);
  // Below this many in all namespaces together nothing is collected, and a machine may have been given more room than a new one has.
  const crowd = (family: string, address: (i: number) => string): string[] => {
    const enough = Number(readSysctl(undefined, `net.${family}.neigh.default.gc_thresh1`)) + 12;
    return Array.from({ length: enough }, (_, i) => `neigh add ${address(i + 1)} lladdr 02:00:00:00:99:99 dev crowd nud permanent`);
  };
  await net.ip(h1.place, [...crowd("ipv4", (i) => `10.9.${i >> 8}.${i & 255}`), ...crowd("ipv6", (i) => `fd00:9999::${i.toString(16)}`)]);
  setSysctls(h1.place.namespace, { "ipv4/neigh/br100/gc_stale_time": 1, "ipv6/neigh/br100/gc_stale_time": 1 });
  const nobodys = ["192.168.1.99", "fd00:1::99"];
  await net.ip(
    h1.place,
    nobodys.map((ip) => `neigh add ${ip} lladdr 02:00:00:00:99:98 dev ${bridge} nud stale`),
  );
  const left = async (): Promise<number> => (await neighbours(h1.place, bridge)).filter((n) => nobodys.includes(n.dst)).length;
  await waitFor("the garbage collection to come by", async () => (await left()) === 0, { within: 90_000, every: 500 });
  await net.ip(h1.place, ["link del crowd"]);
  await tablesAreTrue(fabric);
});

test("an agent without CAP_NET_RAW serves its networks and says what it cannot hear", async () => {
  const place = await net.host("deaf");
  await net.ip(place, ["address add 10.0.0.9/32 dev lo"]);
  const problems = async (discovery: boolean): Promise<readonly string[]> => {
    const config = {
      bgp: { asn: 65000, routerId: "10.0.0.9" },
      vtep: { address: "10.0.0.9" },
      networks: [{ name: "blue", vni: 100 }],
      discovery,
    };
    const file = writeWeftConfig(place, "agent", config);
    const argv = [weftProgram, "agent", "--config", file, "--run-dir", weftRunFolder(place)];
    await startProcess(place, "agent", ["setpriv", "--bounding-set", "-net_raw", ...argv]);
    await weftReady(place, "agent");
    const status = await inspect<StatusReply>(weftRunFolder(place), "/v1/status");
    await stopProcess(place, "agent");
    return status.problems.map((p) => p.code);
  };
  assert.deepEqual(await problems(true), ["WEFT_DISCOVERY"]);
  assert.deepEqual(await problems(false), []);
});
