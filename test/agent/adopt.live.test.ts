// SPDX-License-Identifier: Apache-2.0
/** Two agents and an FRR leaf around an FRR reflector, on devices that the administrator made. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { ping, reaches, RunningPing } from "../../src/lab/measure/ping.ts";
import { frrBgpd, frrLeafLines, frrReflectorLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr } from "../../src/lab/peer/frr.ts";
import { reloadWeft, restartWeft, startWeft, weft, weftReady, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import { enter, type Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Capture } from "../harness/capture.ts";
import { fdb, floodList, neighbourMac, vtepOf } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("agadopt");
after(async () => process.env["NOREMOVE"] ?? (await net.remove()));

const macs = { w1: "02:00:00:00:01:01", w2: "02:00:00:00:01:02", w3: "02:00:00:00:01:03" } as const;
let h1: Place;
let h2: Place;
let f3: Place;
let w1: Place;

/** FRR reflects, but keeps no EVPN routes over a restart of its client; between themselves the agents do. */
function config(n: number): object {
  return {
    host: `h${n}`,
    bgp: { asn: 65000, routerId: `10.0.0.${n}`, peers: [4, 3 - n].map((p) => ({ address: `10.0.0.${p}`, asn: 65000 })) },
    vtep: { address: `10.0.0.${n}` },
    adopt: true,
  };
}

before(async () => {
  [h1, h2, f3] = [await net.host("h1"), await net.host("h2"), await net.host("f3")];
  const rr = await net.host("rr");
  await net.segment([
    [h1, "10.0.0.1/24"],
    [h2, "10.0.0.2/24"],
    [f3, "10.0.0.3/24"],
    [rr, "10.0.0.4/24"],
  ]);
  const reflector = frrReflectorLines({ asn: 65000, routerId: "10.0.0.4", range: "10.0.0.0/24" });
  await startFrr(rr, { zebra: "", bgpd: frrBgpd("rr", 65000, "10.0.0.4", reflector) });
  for (const [i, host] of [h1, h2, f3].entries()) await addVtepDevices(host.namespace, { vni: 100, vtep: `10.0.0.${i + 1}` });
  const leaf = frrLeafLines({ asn: 65000, routerId: "10.0.0.3", peers: ["10.0.0.4"] });
  await startFrr(f3, { zebra: "", bgpd: frrBgpd("f3", 65000, "10.0.0.3", leaf) });
  await startWeft(h1, "agent", { config: config(1) });
  await startWeft(h2, "agent", { config: config(2) });
  await weftReady(h1, "agent");
  await weftReady(h2, "agent");
  w1 = await net.workload("w1", h1, "p1", "br100", macs.w1, ["192.168.1.1/24"]);
  await net.workload("w2", h2, "p2", "br100", macs.w2, ["192.168.1.2/24"]);
  await net.workload("w3", f3, "p3", "br100", macs.w3, ["192.168.1.3/24"]);
});

test("flood lists, MACs and neighbours are where a VTEP of FRR would have them", async () => {
  await waitFor("h1: flood list", async () => (await floodList(h1, "vx100")).join() === "10.0.0.2,10.0.0.3");
  await waitFor("f3: flood list", async () => (await floodList(f3, "vx100")).join() === "10.0.0.1,10.0.0.2");
  await waitFor("w1 reaches w2", async () => await reaches(w1, "192.168.1.2"));
  await waitFor("w1 reaches w3", async () => await reaches(w1, "192.168.1.3"));
  await waitFor("h1: w2", async () => (await vtepOf(h1, "vx100", macs.w2)) === "10.0.0.2");
  await waitFor("h2: w3 of FRR", async () => (await vtepOf(h2, "vx100", macs.w3)) === "10.0.0.3");
  await waitFor("f3: w1", async () => (await vtepOf(f3, "vx100", macs.w1)) === "10.0.0.1");
  const rows = (await fdb(h1, "vx100")).filter((r) => r.mac === macs.w2);
  assert.deepEqual(
    rows.map((r) => ({ dst: r.dst, master: r.master, flags: r.flags.toSorted() })).toSorted((a) => (a.dst === undefined ? 1 : -1)),
    [
      { dst: "10.0.0.2", master: undefined, flags: ["extern_learn", "self"] },
      { dst: undefined, master: "br100", flags: ["extern_learn"] },
    ],
  );
  // An orchestrator or agent of the host tells the address, as it would tell FRR.
  await net.ip(h2, [`neigh replace 192.168.1.2 lladdr ${macs.w2} dev br100 nud noarp`]);
  await net.ip(f3, [`neigh replace 192.168.1.3 lladdr ${macs.w3} dev br100 nud noarp`]);
  for (const [ip, mac] of [
    ["192.168.1.2", macs.w2],
    ["192.168.1.3", macs.w3],
  ] as const)
    await waitFor(`h1: neighbour ${ip}`, async () => (await neighbourMac(h1, "br100", ip)) === mac);
  await waitFor("f3: neighbour of ours", async () => (await neighbourMac(f3, "br100", "192.168.1.2")) === macs.w2);
});

test("ARP for what is known does not cross the underlay", async () => {
  const capture = new Capture(h1, "eth0", "udp port 4789");
  await capture.started();
  await net.ip(w1, ["neigh flush dev eth0"]);
  assert.equal((await ping(w1, "192.168.1.2", { count: 3 })).lost, 0);
  assert.equal((await ping(w1, "192.168.1.3", { count: 3 })).lost, 0);
  await waitFor("the pings in the capture", async () => (await capture.fields("icmp", ["frame.number"])).length >= 12);
  await capture.stop();
  // Answers of the far ends to their own unicast checks may pass; nobody asks everybody.
  assert.deepEqual(await capture.fields("arp && eth.dst == ff:ff:ff:ff:ff:ff", ["arp.dst.proto_ipv4"]), []);
});

test("a workload moves to another host and back without a stale entry", async () => {
  const w4 = await net.workload("w4", h1, "p4", "br100", "02:00:00:00:01:04", ["192.168.1.4/24"]);
  await waitFor("w4 reaches w3", async () => await reaches(w4, "192.168.1.3"));
  for (const [from, to, vtep, port] of [
    [h1, h2, "10.0.0.2", "p4"],
    [h2, h1, "10.0.0.1", "p4"],
  ] as const) {
    await net.ip(from, [`link set ${port} netns ${to.namespace}`]);
    await net.ip(to, [`link set ${port} master br100 up`]);
    await waitFor("it is heard", async () => await reaches(w4, "192.168.1.3"));
    await waitFor("f3 sends there", async () => (await vtepOf(f3, "vx100", "02:00:00:00:01:04")) === vtep);
    await waitFor("the old host sends there", async () => (await vtepOf(from, "vx100", "02:00:00:00:01:04")) === vtep);
    await waitFor("the new host has no remote entry", async () => {
      const rows = (await fdb(to)).filter((r) => r.mac === "02:00:00:00:01:04");
      return rows.length === 1 && rows[0]!.ifname === port;
    });
  }
});

test("an agent that is killed and started again loses no packet and touches no entry", async () => {
  const running = new RunningPing(w1, "192.168.1.2");
  const events = monitor(h1);
  await stopProcess(h1, "agent", "SIGKILL");
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  await waitFor("the session", async () => /established/i.test((await weft(h1, ["bgp", "peers"])).stdout));
  await waitFor("h1 knows w2 again", async () => (await weft(h1, ["evpn", "macs"])).stdout.includes(macs.w2));
  await waitFor("converged", async () => (await weft(h1, ["events"])).stdout.includes("agent.converged"));
  const result = await running.stop();
  assert.equal(result.lost, 0, `${result.lost} of ${result.sent} lost`);
  const seen = (await events.stop()).filter((l) => l.includes("extern_learn"));
  assert.deepEqual(seen, []);
  assert.equal((await weft(h1, ["kernel", "diff", "-o", "json"])).stdout.trim(), "[]");
});

test("what is deleted by hand comes back", async () => {
  await net.run(h1, ["bridge", "fdb", "del", macs.w2, "dev", "vx100", "dst", "10.0.0.2", "self"]);
  await waitFor("it is back", async () => (await vtepOf(h1, "vx100", macs.w2)) === "10.0.0.2");
  await waitFor("it is reported", async () => (await weft(h1, ["events"])).stdout.includes("kernel.repaired"));
});

test("devices that cannot be served are refused, flags that fight with BGP are shown, and neither harms the rest", async () => {
  await net.ip(h1, [
    "link add brx type bridge",
    "link add vxx type vxlan external dstport 4790",
    "link set vxx master brx",
    "link add brl type bridge",
    "link add vxl type vxlan id 555 local 10.0.0.1 dstport 4789",
    "link set vxl master brl",
  ]);
  const status = await waitFor("both in the status", async () => {
    const { stdout } = await weft(h1, ["status"]);
    return stdout.includes("WEFT_NETWORK_REFUSED network vxx") && stdout.includes("WEFT_VXLAN_LEARNING network vxl") ? stdout : undefined;
  });
  // It is asked to keep questions here on a device that it does not filter.
  writeWeftConfig(h1, "agent", { ...config(1), networks: [{ name: "vxl", vni: 555, unknownNeighbours: "drop" }] });
  await reloadWeft(h1);
  await waitFor("that it floods", async () => (await weft(h1, ["status"])).stdout.includes("WEFT_NEIGHBOURS_FLOODED network vxl"));
  // And to be in a domain, where it cannot be as long as the devices are there.
  writeWeftConfig(h1, "agent", { ...config(1), domains: [{ name: "adshop" }], networks: [{ name: "mine", vni: 555, domain: "adshop" }] });
  await reloadWeft(h1);
  await waitFor("that it cannot", async () =>
    /WEFT_NETWORK_REFUSED network mine.*cannot be in domain adshop/.test((await weft(h1, ["status"])).stdout),
  );
  writeWeftConfig(h1, "agent", config(1));
  await reloadWeft(h1);
  assert.match(status, /external .*supported is one VXLAN device with a fixed VNI/);
  const networks = await weft(h1, ["evpn", "networks"]);
  assert.match(networks.stdout, /vxx .*refused/);
  assert.equal((await ping(w1, "192.168.1.2", { count: 3 })).lost, 0);
  await net.ip(h1, ["link del vxx", "link del vxl", "link del brx", "link del brl"]);
  await waitFor("they are gone", async () => !/vxx|vxl/.test((await weft(h1, ["evpn", "networks"])).stdout));
});

test("SIGTERM leaves the kernel as it is, cleanup leaves nothing of ours", async () => {
  await stopProcess(h1, "agent", "SIGTERM");
  assert.equal(await vtepOf(h1, "vx100", macs.w2), "10.0.0.2");
  assert.equal((await ping(w1, "192.168.1.2", { count: 5 })).lost, 0);
  const first = await weft(h1, ["agent", "cleanup"]);
  assert.match(first.stdout, /removed fdb 02:00:00:00:01:02 dev vx100/);
  assert.deepEqual(
    (await fdb(h1)).filter((r) => r.flags.includes("extern_learn")),
    [],
  );
  assert.match((await weft(h1, ["agent", "cleanup"])).stdout, /nothing of ours/);
});

/** `bridge monitor fdb` in a host, until it is stopped. */
function monitor(place: Place): { stop(): Promise<readonly string[]> } {
  const line = enter(place, ["bridge", "monitor", "fdb"]);
  const child = spawn(line[0]!, line.slice(1), { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
  return {
    async stop() {
      const closed = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      await closed;
      return text.split("\n").filter((l) => l !== "");
    },
  };
}
