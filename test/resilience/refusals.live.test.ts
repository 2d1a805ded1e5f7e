// SPDX-License-Identifier: Apache-2.0
/** Kernels that refuse: what fails is shown and tried again, and everything else goes on. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Ip } from "../../src/base/net/ip.ts";
import type { Mac } from "../../src/base/net/mac.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { reloadWeft, weft, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { announce as announceWorkload } from "../../src/lab/workload/announce.ts";
import { link } from "../../src/netlink/route/link.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { fdb, floodList, vtepOf } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";
import { addressOf, agentConfig, bridge, eventsOf, kernelDiff, metric, startReady, status, vxlan } from "./pair.ts";

const net = new Scratch("rsrefuse");
after(async () => await net.remove());

const room = 10;
let h1: Place;
let h2: Place;

before(async () => {
  [h1, h2] = [await net.host("h1"), await net.host("h2")];
  await net.segment([
    [h1, `${addressOf(1)}/24`],
    [h2, `${addressOf(2)}/24`],
  ]);
  await net.ip(h1, ["link add br100 address 02:46:0a:00:00:01 type bridge mcast_snooping 0", "link set br100 up"]);
  // The flood entry and the MAC of h2's own port take a place each.
  await addVxlan(` maxaddress ${2 + room}`);
  const adopt = { adopt: true, networks: [], ports: [] };
  await startReady(h1, "agent", agentConfig(1, { peers: [addressOf(2)], more: adopt }));
  await startReady(h2, "agent", agentConfig(2, { peers: [addressOf(1)], more: { ports: [] } }));
  await waitFor("h1: flood list", async () => (await floodList(h1, vxlan)).join() === addressOf(2));
  await net.ip(h2, ["link add p8 type veth peer name p8w address 02:08:ff:00:00:00", "link set p8w up", "link set p8 up master br100"]);
  await waitFor("h1: a first MAC", async () => (await vtepOf(h1, vxlan, "02:08:ff:00:00:00")) === addressOf(2));
});

/** As an administrator would. */
async function addVxlan(more = ""): Promise<void> {
  await net.ip(h1, [
    `link add vx100 type vxlan id 100 local ${addressOf(1)} dstport 4789 nolearning${more}`,
    "link set vx100 master br100",
    "link set vx100 up",
  ]);
  await net.run(h1, ["bridge", "link", "set", "dev", "vx100", "neigh_suppress", "on", "learning", "off"]);
}

async function announce(count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => `fdb add ${macOf(i)} dev p8 master static`);
  await net.run(h2, ["bridge", "-batch", "-"], lines.join("\n"));
}

function macOf(i: number): string {
  return `02:08:00:00:00:${i.toString(16).padStart(2, "0")}`;
}

async function programmed(): Promise<readonly string[]> {
  return (await fdb(h1, vxlan)).filter((r) => r.mac.startsWith("02:08:00:") && r.dst === addressOf(2)).map((r) => r.mac);
}

test("a VXLAN device whose table is full: shown per entry, tried again, done as soon as there is room", async () => {
  await announce(15);
  const found = await waitFor("five that fail", async () => {
    const { problems } = await status(h1);
    const failed = problems.filter((p) => p.code === "WEFT_KERNEL_FAILED");
    return failed.length === 5 ? failed : undefined;
  });
  for (const { object, message } of found) {
    assert.match(object, /^fdb 02:08:00:00:00:.. dev vx100$/);
    assert.match(message, /ENOSPC/);
  }
  const fit = await programmed();
  assert.equal(fit.length, room);
  assert.equal(await metric(h1, "weft_kernel_objects_failing"), 5);
  assert.ok((await metric(h1, "weft_kernel_operations_total", 'result="failed"')) >= 5);
  assert.equal(
    (await eventsOf(h1)).filter((e) => e.event === "kernel.object-failed" && e.message.includes(" dev vx100")).length >= 5,
    true,
  );
  // What needs no room in that table is done meanwhile.
  const attempts = await metric(h1, "weft_kernel_operations_total", 'result="failed"');
  await waitFor("another attempt", async () => (await metric(h1, "weft_kernel_operations_total", 'result="failed"')) > attempts);
  const leaving = fit.slice(0, 5);
  await net.run(h2, ["bridge", "-batch", "-"], leaving.map((mac) => `fdb del ${mac} dev p8 master`).join("\n"));
  await waitFor("all that are left", async () => {
    const now = await programmed();
    return now.length === room && leaving.every((mac) => !now.includes(mac));
  });
  await waitFor("nothing that fails", async () => (await metric(h1, "weft_kernel_objects_failing")) === 0);
  assert.ok((await eventsOf(h1)).some((e) => e.event === "kernel.object-recovered"));
  assert.deepEqual(await kernelDiff(h1), []);
});

test("a VNI that somebody else uses on the same port: the network fails alone, and is made when the VNI is free", async () => {
  await net.ip(h2, ["link add other type vxlan id 200 local 10.0.0.2 dstport 4789"]);
  const networks = [
    { name: "blue", vni: 100 },
    { name: "red", vni: 200 },
    { name: "green", vni: 300 },
  ];
  writeWeftConfig(h2, "agent", agentConfig(2, { peers: [addressOf(1)], more: { ports: [], networks } }));
  await reloadWeft(h2);
  await waitFor("the failure in the status", async () => {
    const { problems } = await status(h2);
    return problems.some((p) => p.code === "WEFT_KERNEL_FAILED" && p.object === "device vx200" && p.message.includes("EEXIST"));
  });
  const devices = await net.run(h2, ["ip", "-o", "link", "show", "type", "vxlan"]);
  assert.match(devices, / vx300: .*UP.* master br300 /);
  assert.match(devices, / other: /);
  await net.ip(h2, ["link del other"]);
  await waitFor("vx200", async () => / vx200: .*UP.* master br200 /.test(await net.run(h2, ["ip", "-o", "link", "show", "type", "vxlan"])));
  await waitFor("nothing that fails", async () => (await metric(h2, "weft_kernel_objects_failing")) === 0);
  assert.deepEqual(await kernelDiff(h2), []);
});

test("a port that somebody else is busy with: it fails alone, and is taken when it is free", async () => {
  const veth = (name: string): readonly string[] => [`link add ${name} type veth peer name ${name}w`, `link set ${name}w up`];
  // A device with a MACVLAN on it can be no port of a bridge: EBUSY.
  await net.ip(h2, [...veth("p9"), ...veth("p10"), "link add mv9 link p9 type macvlan mode bridge"]);
  const port = (name: string, n: number): object => ({ name, network: "blue", interface: name, mac: `02:00:00:00:09:0${n}`, ips: [] });
  writeWeftConfig(h2, "agent", agentConfig(2, { peers: [addressOf(1)], more: { ports: [port("p9", 1), port("p10", 2)] } }));
  await reloadWeft(h2);
  const failing = async (): Promise<readonly string[]> => {
    const found = (await status(h2)).problems.filter((p) => p.code === "WEFT_KERNEL_FAILED");
    return found.filter((p) => p.message.includes("EBUSY")).map((p) => p.object);
  };
  const portsOf = async (): Promise<string> => await net.run(h2, ["ip", "-o", "link", "show", "master", "br100"]);
  await waitFor("the failure in the status", async () => (await failing()).some((object) => object.endsWith(" p9")));
  await waitFor("the other port", async () => / p10@.*UP/.test(await portsOf()));
  assert.doesNotMatch(await portsOf(), / p9@/);
  const attempts = await metric(h2, "weft_kernel_operations_total", 'result="failed"');
  await waitFor("another attempt", async () => (await metric(h2, "weft_kernel_operations_total", 'result="failed"')) > attempts);
  await net.ip(h2, ["link del mv9"]);
  await waitFor("the port", async () => / p9@.*UP/.test(await portsOf()));
  await waitFor("nothing that fails", async () => (await metric(h2, "weft_kernel_objects_failing")) === 0);
  assert.deepEqual(await kernelDiff(h2), []);
});

test("a device that its administrator deletes and makes anew is filled again", async () => {
  const before = [...(await programmed())].toSorted();
  assert.equal(before.length, room);
  await net.ip(h1, ["link del vx100"]);
  // That its entries fail meanwhile is seen for a tenth of a second only.
  await waitFor("the network to be gone", async () => (await eventsOf(h1)).some((e) => e.event === "network.removed"));
  await addVxlan();
  await waitFor("all entries", async () => (await programmed()).length === room);
  assert.deepEqual([...(await programmed())].toSorted(), before);
  await waitFor("the flood list", async () => (await floodList(h1, vxlan)).join() === addressOf(2));
  await waitFor("no problem", async () => (await status(h1)).problems.length === 0);
  assert.deepEqual(await kernelDiff(h1), []);
});

/** IFLA_BR_FDB_MAX_LEARNED of linux/if_link.h, since Linux 6.7; iproute2 here does not know it. */
const maxLearned = 49;

function limitLearning(host: Place, limit: number): void {
  const bytes = new Uint8Array(new Uint32Array([limit]).buffer);
  const conn = new NetlinkConnection({ namespace: namespacePath(host.namespace) });
  try {
    conn.run(link.set(bridge, { kind: { kind: "generic", name: "bridge", data: [{ type: maxLearned, bytes }] } }));
  } finally {
    conn.close();
  }
}

test("a bridge that may learn no more: what peers announce goes in all the same, and who was not learned is as soon as there is room", async () => {
  const heard = (mac: string): void =>
    announceWorkload({ namespace: h2.namespace, interface: "p8w", mac: mac as Mac, ips: ["192.168.1.99" as Ip] });
  const isHere = async (mac: string): Promise<boolean> => (await weft(h2, ["evpn", "macs", "-o", "json"])).stdout.includes(mac);
  const [first, second, remote] = ["02:0a:00:00:00:01", "02:0a:00:00:00:02", "02:0a:00:00:00:03"] as const;
  heard(first);
  await waitFor("the first workload", async () => await isHere(first));
  limitLearning(h2, 1);
  heard(second);
  await net.ip(h1, ["link add p7 type veth peer name p7w", "link set p7w up", "link set p7 up master br100"]);
  await net.run(h1, ["bridge", "fdb", "add", remote, "dev", "p7", "master", "static"]);
  await waitFor("h2: a MAC of h1", async () => (await vtepOf(h2, vxlan, remote)) === addressOf(1));
  heard(second);
  assert.doesNotMatch(await net.run(h2, ["bridge", "fdb", "show", "br", bridge]), new RegExp(second));
  assert.deepEqual(await kernelDiff(h2), []);
  limitLearning(h2, 0);
  heard(second);
  await waitFor("the second workload", async () => await isHere(second));
});
