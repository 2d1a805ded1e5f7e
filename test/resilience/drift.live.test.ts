// SPDX-License-Identifier: Apache-2.0
/** Whatever somebody does by hand to what is ours is put right; what somebody else made is left alone and reported. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { recordedProcesses, stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { reloadWeft, restartWeft, weft, weftReady, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { signal } from "../../src/base/sys/process-identity.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { Scratch } from "../harness/scratch.ts";
import { addressOf, addWorkload, agentConfig, eventsOf, kernelDiff, metric, status, workloadIp, workloadMac } from "./pair.ts";
import { converged, startReady } from "./pair.ts";

const net = new Scratch("rsdrift");
after(async () => await net.remove());

let asMade: string;
let h1: Place;
let w1: Place;

/** Beside network `blue` in the host's own namespace one in a namespace of the agent's. */
function config(n: number, auditPeriod = 600): object {
  const more = {
    audit: { period: auditPeriod },
    domains: [{ name: "shop" }],
    networks: [
      { name: "blue", vni: 100 },
      { name: "web", vni: 101, domain: "shop" },
    ],
  };
  return agentConfig(n, { peers: [addressOf(3 - n)], more });
}

before(async () => {
  h1 = await net.host("h1", { ownNamespaces: true });
  const h2 = await net.host("h2", { ownNamespaces: true });
  await net.segment([
    [h1, `${addressOf(1)}/24`],
    [h2, `${addressOf(2)}/24`],
  ]);
  w1 = await addWorkload(net, 1, h1);
  await addWorkload(net, 2, h2);
  for (const [i, host] of [h1, h2].entries()) await startReady(host, "agent", config(i + 1));
  await waitFor("w1 to reach w2", async () => await reaches(w1, workloadIp(2)));
  for (const host of [h1, h2]) await converged(host);
  asMade = await tables();
});

/** Text of everything that the agent keeps in the kernel, without numbers that a device made anew has different. */
async function tables(): Promise<string> {
  const out: string[] = [];
  for (const dev of ["br100", "vx100"]) {
    const [link] = JSON.parse(await net.run(h1, ["ip", "-d", "-j", "link", "show", dev])) as LinkRow[];
    const { flags, mtu, master, ifalias, inet6_addr_gen_mode: mode, linkinfo } = link!;
    const { neigh_suppress: suppress, learning, flood } = linkinfo.info_slave_data ?? {};
    const { mcast_snooping: snooping, vlan_filtering: filtering, learning: learns } = linkinfo.info_data;
    const address = dev === "br100" ? link!.address : "";
    out.push(JSON.stringify({ dev, flags, mtu, master, ifalias, mode, suppress, learning, flood, snooping, filtering, learns, address }));
  }
  for (const argv of [
    ["bridge", "fdb", "show"],
    ["ip", "neigh", "show", "dev", "br100"],
  ]) {
    const lines = (await net.run(h1, argv)).split("\n").map((l) => l.trim());
    out.push(...lines.filter((l) => l.includes("extern_learn")).toSorted());
  }
  out.push(await net.run(h1, ["cat", "/proc/sys/net/ipv4/conf/br100/arp_accept"]));
  return out.join("\n");
}

interface LinkRow {
  readonly address: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly master?: string;
  readonly ifalias?: string;
  readonly inet6_addr_gen_mode: string;
  readonly linkinfo: {
    readonly info_data: { readonly mcast_snooping?: number; readonly vlan_filtering?: number; readonly learning?: boolean };
    readonly info_slave_data?: { readonly neigh_suppress: boolean; readonly learning: boolean; readonly flood: boolean };
  };
}

const mac = workloadMac(2);
const vtep = addressOf(2);
const ip = workloadIp(2);
/** What the kernel tells: repaired at once. */
const told: readonly (readonly [string, readonly string[]])[] = [
  ["an entry of the VXLAN is deleted", [`bridge fdb del ${mac} dev vx100 dst ${vtep} self`]],
  ["an entry of the bridge is deleted", [`bridge fdb del ${mac} dev vx100 master`]],
  ["both are deleted", [`bridge fdb del ${mac} dev vx100 dst ${vtep} self master`]],
  ["an entry leads to another VTEP", [`bridge fdb replace ${mac} dev vx100 dst 10.0.0.77 self extern_learn`]],
  ["a flood entry is deleted", [`bridge fdb del 00:00:00:00:00:00 dev vx100 dst ${vtep} self`]],
  ["all flood entries are deleted", ["bridge fdb del 00:00:00:00:00:00 dev vx100 self"]],
  ["a neighbour is deleted", [`ip neigh del ${ip} dev br100`]],
  ["a neighbour has another MAC", [`ip neigh replace ${ip} lladdr 02:00:00:00:09:09 dev br100 nud noarp extern_learn`]],
  ["all neighbours are flushed", ["ip neigh flush dev br100 nud noarp"]],
  ["port flags are changed", ["bridge link set dev vx100 neigh_suppress off learning on"]],
  ["unknown frames are no longer flooded", ["bridge link set dev vx100 flood off"]],
  ["the MTU of the VXLAN is changed", ["ip link set vx100 mtu 1400"]],
  ["the MTU of the bridge is changed", ["ip link set br100 mtu 1400"]],
  ["the address of the bridge is changed", ["ip link set br100 address 02:00:00:00:77:77"]],
  ["the VXLAN begins to learn", ["ip link set vx100 type vxlan learning"]],
  ["the bridge snoops", ["ip link set br100 type bridge mcast_snooping 1"]],
  ["the VXLAN is down", ["ip link set vx100 down"]],
  ["the bridge is down", ["ip link set br100 down"]],
  ["the bridge is down and up", ["ip link set br100 down", "ip link set br100 up"]],
  ["the VXLAN leaves its bridge", ["ip link set vx100 nomaster"]],
  ["the VXLAN goes to another bridge", ["ip link add brz type bridge", "ip link set vx100 master brz"]],
  ["the port leaves its bridge", ["ip link set p1 nomaster"]],
  ["the port is down", ["ip link set p1 down"]],
  ["the VXLAN is deleted", ["ip link del vx100"]],
  ["the bridge is deleted", ["ip link del br100"]],
  ["both are deleted", ["ip link del br100", "ip link del vx100"]],
  ["a static entry takes the place of ours", [`bridge fdb replace ${mac} dev p1 master static`]],
  ["addrgenmode is changed", ["ip link set vx100 addrgenmode eui64"]],
];

for (const [i, [name, commands]] of told.entries()) {
  test(`${name}: put right at once`, async () => {
    // One that repairs the same device ten times in ten seconds takes it for a fight, and waits.
    if (i % 8 === 7) await startAnew();
    const repairs = await metric(h1, "weft_kernel_repairs_total");
    for (const line of commands) await net.run(h1, line.split(" "));
    await waitFor("the tables as before", async () => {
      assert.equal(await tables(), asMade);
      return true;
    });
    await waitFor("w1 to reach w2", async () => await reaches(w1, ip));
    assert.deepEqual(await kernelDiff(h1), []);
    assert.equal(await metric(h1, "weft_kernel_audits_total"), 0, "an audit did it");
    assert.ok((await metric(h1, "weft_kernel_repairs_total")) > repairs);
    assert.ok((await eventsOf(h1)).some((e) => e.event === "kernel.repaired"));
  });
}

async function startAnew(): Promise<void> {
  await stopProcess(h1, "agent");
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  // Until the peer has told it again, what an earlier run left is kept, and nobody knows what it should be.
  await waitFor("the peer to tell of its workload", async () => (await weft(h1, ["evpn", "neighbours", "--ip", ip])).stdout.includes(ip));
}

/** What the kernel does not tell: put right with the next audit. */
const untold: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["a sysctl is changed", async () => await net.run(h1, ["sysctl", "-qw", "net.ipv4.conf.br100.arp_accept=0"])],
  ["a sysctl in a namespace of ours is changed", async () => await inShop(["sysctl", "-qw", "net.ipv4.conf.br101.arp_accept=0"])],
  ["a namespace of ours is deleted", async () => await net.run(h1, ["ip", "netns", "del", "weft-shop"])],
];

test("what the kernel does not tell is put right by the audit", async () => {
  writeWeftConfig(h1, "agent", config(1, 2));
  await reloadWeft(h1);
  for (const [name, change] of untold) {
    const audits = await metric(h1, "weft_kernel_audits_total");
    await change();
    await waitFor(`${name}: audited`, async () => (await metric(h1, "weft_kernel_audits_total")) >= audits + 4);
    await waitFor(`${name}: as before`, async () => {
      assert.equal(await tables(), asMade);
      assert.equal((await inShop(["cat", "/proc/sys/net/ipv4/conf/br101/arp_accept"])).trim(), "1");
      assert.match(await inShop(["ip", "-d", "link", "show", "vx101"]), /UP.* master br101 /s);
      return true;
    });
    assert.deepEqual(await kernelDiff(h1), []);
  }
});

test("the VTEP's address is taken away, which is said, and given back", async () => {
  await net.ip(h1, [`address del ${addressOf(1)}/24 dev eth0`]);
  await waitFor("the problem in the status", async () => (await problems()).includes("WEFT_VTEP_ADDRESS_MISSING"));
  await net.ip(h1, [`address add ${addressOf(1)}/24 dev eth0`]);
  await waitFor("w1 to reach w2", async () => await reaches(w1, ip));
  await waitFor("no problem", async () => !(await problems()).includes("WEFT_VTEP_ADDRESS_MISSING"));
  assert.equal(await tables(), asMade);
});

/** Things of somebody else's in the way of ours: what is done, what has to stay, what is said about which object, how it is taken away. */
const foreign: readonly (readonly [string, readonly string[], RegExp, string, readonly string[]])[] = [
  [
    "a static entry to another VTEP",
    [`fdb del ${mac} dev vx100 self`, `fdb add ${mac} dev vx100 dst 10.0.0.77 self static`],
    new RegExp(`${mac} dev vx100 dst 10.0.0.77 self static`),
    `fdb ${mac} dev vx100`,
    [`bridge fdb del ${mac} dev vx100 dst 10.0.0.77 self`],
  ],
  [
    "a static entry at another port",
    [
      `link add pz type veth peer name pzw`,
      "link set pz master br100 up",
      `fdb del ${mac} dev vx100 master`,
      `fdb add ${mac} dev pz master static`,
    ],
    new RegExp(`${mac} dev pz master br100 static`),
    `fdb ${mac} dev vx100`,
    ["ip link del pz"],
  ],
  [
    "a permanent neighbour with another MAC",
    [`neigh replace ${ip} lladdr 02:00:00:00:09:09 dev br100 nud permanent`],
    new RegExp(`${ip} dev br100 lladdr 02:00:00:00:09:09 PERMANENT`),
    `neighbour ${ip} dev br100`,
    [`ip neigh del ${ip} dev br100`],
  ],
  [
    "another VXLAN device under our name",
    ["link del vx100", `link add vx100 mtu 1234 type vxlan id 4242 local ${addressOf(1)} dstport 4789`],
    /vx100: .* mtu 1234/,
    "device vx100",
    ["ip link del vx100"],
  ],
];

for (const [name, commands, stays, object, undo] of foreign) {
  test(`${name}: left alone, reported, and ours is back when it is gone`, async () => {
    // While the agent looks away: it is quick to fill a place that is empty.
    const { identity } = recordedProcesses(h1.folder).find((p) => p.name === "agent")!;
    signal(identity, "SIGSTOP");
    for (const line of commands) await net.run(h1, [line.startsWith("fdb ") ? "bridge" : "ip", ...line.split(" ")]);
    signal(identity, "SIGCONT");
    const shown = async (): Promise<string> =>
      (await net.run(h1, ["bridge", "fdb"])) + (await net.run(h1, ["ip", "neigh"])) + (await net.run(h1, ["ip", "link"]));
    await waitFor("the problem in the status", async () => {
      const { problems: found } = await status(h1);
      return found.some((p) => p.code === "WEFT_KERNEL_CONFLICT" && p.object === object);
    });
    assert.match(await shown(), stays);
    const conflicts = (await eventsOf(h1)).filter((e) => e.event === "kernel.conflict" && e.message.startsWith(object));
    assert.ok(conflicts.length > 0);
    assert.ok((await metric(h1, "weft_kernel_objects_failing")) > 0);
    assert.ok((await metric(h1, "weft_problems", "WEFT_KERNEL_CONFLICT")) > 0);
    for (const line of undo) await net.run(h1, line.split(" "));
    await waitFor("the tables as before", async () => {
      assert.equal(await tables(), asMade);
      return true;
    });
    assert.equal(await metric(h1, "weft_kernel_objects_failing"), 0);
  });
}

async function problems(): Promise<readonly string[]> {
  return (await status(h1)).problems.map((p) => p.code);
}

/** Runs a tool in the namespace of the domain. */
async function inShop(argv: readonly string[]): Promise<string> {
  return await net.run(h1, ["nsenter", `--net=${h1.namespaces!}/weft-shop`, ...argv]);
}
