// SPDX-License-Identifier: Apache-2.0
/** Three hosts, two tenants with the same addresses: traffic between subnets, on one host and between hosts, and what happens to it when things change. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findPlace } from "../../src/lab/find.ts";
import { ping, RunningPing } from "../../src/lab/measure/ping.ts";
import { weft } from "../../src/lab/peer/weft.ts";
import { labDown } from "../../src/lab/down.ts";
import { labMove } from "../../src/lab/move.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { knownLab, labNames } from "../../src/lab/state/lab-record.ts";
import { recordedProcesses } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { diff, domainPath, inDomain, inWorkload, labOf, pingOnce, reachable } from "./routed-lab.ts";

const lab = "rt-domains";
let plan: LabPlan;

const subnets = (n: number): string =>
  `[{ cidr: 10.1.${n}.0/24, gateway: 10.1.${n}.1 }, { cidr: "fd00:${n}::/64", gateway: "fd00:${n}::1" }]`;
const ip = (n: number, host: number): string => `[10.1.${n}.${host}/24, "fd00:${n}::${host}/64"]`;

before(async () => {
  plan = await labOf(
    `
name: ${lab}
underlay: { spines: 1, routing: static, mtu: 1500 }
reflectors: [rr1]
nodes: { h1: {}, h2: {}, h3: {} }
domains:
  red: { l3vni: 5001, redistribute: [kernel], routes: [{ prefix: 10.88.0.0/16, via: 10.1.2.22 }] }
  blue: { l3vni: 5002 }
networks:
  red1: { vni: 101, domain: red, subnets: ${subnets(1)} }
  red2: { vni: 102, domain: red, subnets: ${subnets(2)} }
  blue1: { vni: 201, domain: blue, subnets: ${subnets(1)} }
  blue2: { vni: 202, domain: blue, subnets: ${subnets(2)} }
workloads:
  r11: { node: h1, network: red1, ip: ${ip(1, 11)} }
  r21: { node: h1, network: red2, ip: ${ip(2, 21)} }
  r22: { node: h2, network: red2, ip: ${ip(2, 22)} }
  r13: { node: h3, network: red1, ip: ${ip(1, 13)} }
  b11: { node: h1, network: blue1, ip: ${ip(1, 11)} }
  b22: { node: h2, network: blue2, ip: ${ip(2, 22)} }
  quiet: { node: h2, network: red2, ip: ${ip(2, 90)}, declared: false }
`,
    lab,
  );
});
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

test("between subnets on one host and between hosts, IPv4 and IPv6, for two tenants with the same addresses", async () => {
  await reachable(plan, "r11", "10.1.2.21", "fd00:2::21", "10.1.2.22", "fd00:2::22");
  await reachable(plan, "r13", "10.1.2.21", "fd00:2::21", "10.1.2.22", "fd00:2::22");
  await reachable(plan, "b11", "10.1.2.22", "fd00:2::22");
  for (const to of ["10.1.2.22", "fd00:2::22"]) assert.equal((await ping(findPlace(plan, "r11"), to, { count: 10 })).lost, 0);
  // The answer comes from the tenant's own machine: the other one's is silent for a moment.
  await inWorkload(plan, "b22", "ip link set eth0 down");
  await reachable(plan, "r11", "10.1.2.22");
  assert.equal((await ping(findPlace(plan, "b11"), "10.1.2.22", { count: 2 })).received, 0);
  await inWorkload(plan, "b22", "ip link set eth0 up");
  await inWorkload(plan, "b22", "ip route add 0.0.0.0/0 via 10.1.2.1");
});

test("routes are host routes over the L3 VXLAN, with our protocol, and nothing is left to do", async () => {
  const routes = await inDomain(plan, "h1", "red", "ip route show proto 87");
  assert.match(routes, /^10\.1\.2\.22 via \S+ dev vx5001 metric 2087 onlink/m);
  const routes6 = await inDomain(plan, "h1", "red", "ip -6 route show proto 87");
  assert.match(routes6, /^fd00:2::22 via ::ffff:\S+ dev vx5001 metric 2087 onlink/m);
  for (const node of ["h1", "h2", "h3"]) assert.deepEqual(await diff(plan, node), []);
});

test("each hop names itself: the gateway, then the VTEP of the other host", async () => {
  const h2 = plan.members.find((m) => m.name === "h2")!.loopback;
  assert.match(await pingOnce(plan, "r11", "-t 1 10.1.2.22"), /From 10\.1\.1\.1 .*Time to live exceeded/);
  assert.match(await pingOnce(plan, "r11", "-t 2 10.1.2.22"), new RegExp(`From ${h2.replaceAll(".", "\\.")} .*Time to live exceeded`));
  assert.match(await pingOnce(plan, "r11", "-t 1 fd00:2::22"), /From fd00:1::1 .*Hop limit/);
});

test("a packet that is too large: the gateway says so, with the MTU of the overlay", async () => {
  const [own] = JSON.parse(await inDomain(plan, "h1", "red", "ip -j link show vx5001")) as { mtu: number }[];
  assert.equal(own!.mtu, 1450);
  assert.match(await pingOnce(plan, "r11", "-M do -s 1472 10.1.2.22"), /From 10\.1\.1\.1 .*Frag needed and DF set \(mtu = 1450\)/);
  assert.match(await pingOnce(plan, "r11", "-M do -s 1452 fd00:2::22"), /From fd00:1::1 .*Packet too big: mtu=1450/);
  assert.equal((await ping(findPlace(plan, "r11"), "10.1.2.22", { count: 2, size: 1422 })).lost, 0);
});

test("a packet that is too large for another host of the same network: whom it was sent to says so, and less gets through", async () => {
  await reachable(plan, "r11", "10.1.1.13", "fd00:1::13");
  assert.match(await pingOnce(plan, "r11", "-M do -s 1472 10.1.1.13"), /From 10\.1\.1\.13 .*Frag needed and DF set \(mtu = 1450\)/);
  assert.match(await pingOnce(plan, "r11", "-M do -s 1452 fd00:1::13"), /From fd00:1::13 .*Packet too big: mtu=1450/);
  assert.equal((await ping(findPlace(plan, "r11"), "10.1.1.13", { count: 2, size: 1422 })).lost, 0);
  // On the same host nothing is in the way of it.
  assert.equal((await ping(findPlace(plan, "r22"), "10.1.2.90", { count: 2, size: 1472 })).lost, 0);
});

test("no daemon is in the way of a packet: with all of them stopped, first packets of new flows arrive, routed and bridged", async () => {
  const pids = plan.members.flatMap((m) =>
    recordedProcesses(findPlace(plan, m.name).folder).flatMap((p) => (/^(agent|reflector)$/.test(p.name) ? [p.identity.pid] : [])),
  );
  assert.equal(pids.length, 4);
  for (const w of ["r11", "r13"]) await inWorkload(plan, w, "ip neigh flush all");
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    for (const to of ["10.1.2.21", "10.1.2.22", "fd00:2::22", "10.1.1.13", "fd00:1::13"])
      assert.equal((await ping(findPlace(plan, "r11"), to, { count: 3 })).lost, 0, to);
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
});

test("an agent is killed and comes back under traffic: no packet is lost, and the kernel's tables lose nothing on the way", async () => {
  const h1 = findPlace(plan, "h1");
  const gone: string[] = [];
  const conn = new NetlinkConnection({ namespace: domainPath(plan, "h1", "red") });
  try {
    conn.subscribe(["link", "fdb", "neighbour", "route", "address"], {
      onEvents: (events) => {
        for (const e of events) if (e.change === "delete") gone.push(JSON.stringify(e));
      },
      onOverrun: (reason) => gone.push(reason),
    });
    const pings = [new RunningPing(findPlace(plan, "r11"), "10.1.2.22"), new RunningPing(findPlace(plan, "r22"), "fd00:1::11")];
    await waitFor("answers", () => pings.every((p) => p.received > 5), { every: 10 });
    const pid = (): number => recordedProcesses(h1.folder).find((p) => p.name === "agent")!.identity.pid;
    const before = pid();
    process.kill(before, "SIGKILL");
    await waitFor("another agent", () => pid() !== before, { within: 30_000 });
    await waitFor("converged", async () => (await weft(h1, ["events"])).stdout.includes("agent.converged"), { within: 30_000 });
    for (const p of pings) assert.equal((await p.stop()).lost, 0);
    assert.deepEqual(gone, []);
    assert.deepEqual(await diff(plan, "h1"), []);
  } finally {
    conn.close();
  }
});

const drifts: readonly (readonly [string, readonly string[]])[] = [
  ["routes of ours are deleted", ["ip route flush proto 87", "ip -6 route flush proto 87"]],
  ["a route leads elsewhere", ["ip route replace 10.1.2.22 via 10.77.0.1 dev vx5001 onlink proto 87 metric 2087"]],
  ["the gateway is deleted", ["ip address flush dev br101"]],
  ["the L3 VXLAN loses its address, and with it all routes without a word", ["ip address flush dev vx5001"]],
  ["the L3 VXLAN is down", ["ip link set vx5001 down"]],
  ["the L3 VXLAN is deleted", ["ip link del vx5001"]],
  ["a bridge is deleted", ["ip link del br101"]],
  ["the router MAC is changed", ["ip link set vx5001 address 02:00:00:00:77:77"]],
  ["the gateway's MAC is changed", ["ip link set br101 address 02:00:00:00:77:78"]],
];

/** `ip` looks again after a flush, and gives up when what it deleted is there again each time. */
function unlessPutBack(error: Error): void {
  if (!error.message.includes("Flush remains incomplete")) throw error;
}

for (const [what, lines] of drifts) {
  test(`${what}: put right at once`, async () => {
    for (const line of lines) await inDomain(plan, "h1", "red", line).catch(unlessPutBack);
    await reachable(plan, "r11", "10.1.2.22", "fd00:2::22");
    await waitFor("nothing left to do", async () => JSON.stringify(await diff(plan, "h1")) === "[]");
  });
}

test("a route that somebody puts into the domain of two hosts is announced: a third one has both ways", async () => {
  await inDomain(plan, "h2", "red", "ip route add 10.99.0.0/16 via 10.1.2.22");
  await inDomain(plan, "h3", "red", "ip route add 10.99.0.0/16 via 10.1.1.13");
  const [h2, h3] = ["h2", "h3"].map((n) => plan.members.find((m) => m.name === n)!.loopback);
  const ways = async (): Promise<string> => await inDomain(plan, "h1", "red", "ip route show 10.99.0.0/16");
  await waitFor("two ways", async () => {
    const text = await ways();
    return text.includes(`via ${h2} dev vx5001 weight 1 onlink`) && text.includes(`via ${h3} dev vx5001 weight 1 onlink`);
  });
  await inDomain(plan, "h2", "red", "ip route del 10.99.0.0/16");
  await waitFor("one way", async () => new RegExp(`^10\\.99\\.0\\.0/16 via ${h3} dev vx5001 proto 87`, "m").test(await ways()));
  await inDomain(plan, "h3", "red", "ip route del 10.99.0.0/16");
  await waitFor("no way", async () => (await ways()) === "");
});

test("a static route of the domain leads to what is behind a workload, from every host", async () => {
  await inWorkload(plan, "r22", "ip address add 10.88.0.1/32 dev lo");
  await reachable(plan, "r11", "10.88.0.1");
  await reachable(plan, "r13", "10.88.0.1");
  assert.match(
    await inDomain(plan, "h1", "red", "ip route show 10.88.0.0/16"),
    /^10\.88\.0\.0\/16 via 10\.1\.2\.22 dev br102 proto 87 metric 1087 onlink/m,
  );
});

test("a workload that never spoke is reached, whichever host asks: the one that has it announces it", async () => {
  // Another MAC, too, of which nobody has heard: a station without IPv6 comes up without a word, and with it says nothing of its addresses.
  const silent = ["10.1.2.97", "10.1.2.98", "fd00:2::97", "fd00:2::98"];
  for (const line of [
    "ip link set eth0 down",
    "ip link set eth0 address 02:00:00:00:99:99",
    "ip address flush dev eth0",
    ...silent.map((a) => (a.includes(":") ? `ip address add ${a}/64 dev eth0 nodad` : `ip address add ${a}/24 dev eth0`)),
    "ip link set eth0 up",
    "ip route add 0.0.0.0/0 via 10.1.2.1",
    "ip route add ::/0 via fd00:2::1",
  ])
    await inWorkload(plan, "quiet", line);
  const known = async (node: string): Promise<string> =>
    (await inDomain(plan, node, "red", "ip route show proto 87")) + (await inDomain(plan, node, "red", "ip -6 route show proto 87"));
  for (const [from, node, addresses] of [
    ["r11", "h1", [silent[0]!, silent[2]!]],
    ["r13", "h3", [silent[1]!, silent[3]!]],
  ] as const) {
    for (const address of addresses) {
      assert.ok(!(await known(node)).includes(`${address} via`), `${address} is known already`);
      await reachable(plan, from, address);
      await waitFor(`a host route to ${address} on ${node}`, async () => (await known(node)).includes(`${address} via`));
    }
  }
});

test("a workload moves without a word: who knows its MAC, who routes to it and who is behind its new host go on reaching it", async () => {
  const [r11, r21, r22] = ["r11", "r21", "r22"].map((name) => findPlace(plan, name)) as [Place, Place, Place];
  await reachable(plan, "r21", "10.1.2.22");
  const neighbour = async (): Promise<string> => await inWorkload(plan, "r21", "ip neigh show 10.1.2.22");
  const before = /lladdr \S+/.exec(await neighbour())?.[0];
  const running = [new RunningPing(r11, "10.1.2.22"), new RunningPing(r21, "10.1.2.22"), new RunningPing(r22, "fd00:1::11")];
  await waitFor("answers", () => running.every((p) => p.received > 5), { every: 10 });
  await labMove(lab, "r22", "h3", { announce: false });
  for (const p of running) {
    const received = p.received;
    await waitFor("answers again", () => p.received > received + 5, { every: 10 });
  }
  await Promise.all(running.map(async (p) => await p.stop()));
  assert.equal(/lladdr \S+/.exec(await neighbour())?.[0], before);
  plan = knownLab(lab).plan;
  await reachable(plan, "r13", "10.1.2.22", "fd00:2::22");
  const h3 = plan.members.find((m) => m.name === "h3")!.loopback;
  await waitFor("the route to lead to h3", async () =>
    (await inDomain(plan, "h1", "red", "ip route show 10.1.2.22")).includes(`via ${h3} dev vx5001`),
  );
  for (const node of ["h1", "h2", "h3"])
    await waitFor(`nothing left to do on ${node}`, async () => JSON.stringify(await diff(plan, node)) === "[]");
});
