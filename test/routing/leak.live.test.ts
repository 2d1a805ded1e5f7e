// SPDX-License-Identifier: Apache-2.0
/** Three domains on two hosts that import routes of one another, or do not: stations of one host and of two. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { linkDevice } from "../../src/agent/desired/domain-links.ts";
import { labDown } from "../../src/lab/down.ts";
import { findMember, findPlace } from "../../src/lab/find.ts";
import { ping, RunningPing } from "../../src/lab/measure/ping.ts";
import { agentConfig } from "../../src/lab/member/weft-config.ts";
import { labMove } from "../../src/lab/move.ts";
import { reloadWeft, weft, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { knownLab, labNames } from "../../src/lab/state/lab-record.ts";
import { recordedProcesses, stopProcess } from "../../src/lab/system/managed-process.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { diff, domainPath, inDomain, inWorkload, labOf, pingOnce, reachable } from "./routed-lab.ts";

const lab = "rt-leak";
/** Too long for the name of a device. */
const green = "green-of-the-fields";
const toGreen = linkDevice(green);
let plan: LabPlan;

const subnets = (n: number): string =>
  `[{ cidr: 10.${n}.1.0/24, gateway: 10.${n}.1.1 }, { cidr: "fd00:${n}::/64", gateway: "fd00:${n}::1" }]`;
const ip = (n: number, host: number): string => `[10.${n}.1.${host}/24, "fd00:${n}::${host}/64"]`;

before(async () => {
  plan = await labOf(
    `
name: ${lab}
underlay: { spines: 1, routing: static }
reflectors: [rr1]
nodes: { h1: {}, h2: {} }
domains:
  red: { l3vni: 5001, importTargets: ["65000:5001", "65000:5002"] }
  blue: { l3vni: 5002, importTargets: ["65000:5002", "65000:5001", "*:5003"] }
  ${green}: { l3vni: 5003, routes: [{ prefix: 10.30.0.0/16, via: 10.3.1.11 }] }
networks:
  red1: { vni: 101, domain: red, subnets: ${subnets(1)} }
  red4: { vni: 104, domain: red, subnets: ${subnets(4)} }
  blue2: { vni: 202, domain: blue, subnets: ${subnets(2)} }
  blue4: { vni: 204, domain: blue, subnets: ${subnets(4)} }
  green3: { vni: 303, domain: ${green}, subnets: ${subnets(3)} }
workloads:
  r11: { node: h1, network: red1, ip: ${ip(1, 11)} }
  r12: { node: h2, network: red1, ip: ${ip(1, 12)} }
  r44: { node: h2, network: red4, ip: ${ip(4, 44)} }
  b11: { node: h1, network: blue2, ip: ${ip(2, 11)} }
  b12: { node: h2, network: blue2, ip: ${ip(2, 12)} }
  b44: { node: h1, network: blue4, ip: ${ip(4, 44)} }
  g11: { node: h1, network: green3, ip: ${ip(3, 11)} }
`,
    lab,
  );
});
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

/** Packets that a VXLAN device of a domain sent. */
async function sent(node: string, domain: string, device: string): Promise<number> {
  const [link] = JSON.parse(await inDomain(plan, node, domain, `ip -j -s link show ${device}`)) as {
    stats64: { tx: { packets: number } };
  }[];
  return link!.stats64.tx.packets;
}

const waysTo = async (domain: string, prefix: string): Promise<string> =>
  await inDomain(plan, "h1", domain, `ip ${prefix.includes(":") ? "-6 " : ""}route show ${prefix} proto 87`);

/** Echo requests that a workload was sent. */
const echoes = async (workload: string): Promise<number> => {
  const icmp = (await inWorkload(plan, workload, "cat /proc/net/snmp")).split("\n").filter((l) => l.startsWith("Icmp:"));
  const [names, values] = icmp.map((l) => l.split(" "));
  return Number(values![names!.indexOf("InEchos")]);
};

test("two domains that import each other: on one host, which no packet leaves, and between hosts, IPv4 and IPv6", async () => {
  await reachable(plan, "r11", "10.2.1.11", "fd00:2::11", "10.2.1.12", "fd00:2::12");
  await reachable(plan, "r12", "10.2.1.11", "fd00:2::11", "10.2.1.12", "fd00:2::12");
  await reachable(plan, "b11", "10.1.1.11", "fd00:1::12");
  assert.match(await waysTo("red", "10.2.1.11"), /^10\.2\.1\.11 via inet6 fe80::1 dev to-blue metric 2087 onlink/);
  assert.match(await waysTo("red", "fd00:2::11"), /^fd00:2::11 via fe80::1 dev to-blue metric 2087 onlink/);
  const counters = async (): Promise<readonly number[]> => [await sent("h1", "red", "vx5001"), await sent("h1", "blue", "vx5002")];
  const before = await counters();
  for (const to of ["10.2.1.11", "fd00:2::11"]) assert.equal((await ping(findPlace(plan, "r11"), to, { count: 5 })).lost, 0);
  assert.deepEqual(await counters(), before);
  // Two routers, each of which names itself.
  assert.match(await pingOnce(plan, "r11", "-t 1 10.2.1.11"), /From 10\.1\.1\.1 .*Time to live exceeded/);
  assert.match(await pingOnce(plan, "r11", "-t 2 10.2.1.11"), /From \S+ .*Time to live exceeded/);
  assert.match(await pingOnce(plan, "r11", "-t 3 10.2.1.11"), /bytes from 10\.2\.1\.11/);
  for (const node of ["h1", "h2"]) assert.deepEqual(await diff(plan, node), []);
});

test("what a domain has itself, here or elsewhere, goes before what another one has here under the same address", async () => {
  await waitFor("the host route of red", async () => (await waysTo("red", "10.4.1.44")).includes("dev vx5001"));
  await reachable(plan, "r11", "10.4.1.44", "fd00:4::44");
  await inWorkload(plan, "b44", "ip link set eth0 down");
  assert.equal((await ping(findPlace(plan, "r11"), "10.4.1.44", { count: 2 })).lost, 0);
  await inWorkload(plan, "b44", "ip link set eth0 up");
  for (const prefix of ["10.4.1.0/24", "fd00:4::/64"]) assert.equal(await waysTo("blue", prefix), "");
});

test("by default nothing; an import in one direction brings packets there and none back, and is not passed on", async () => {
  await waitFor("the station in blue", async () => (await waysTo("blue", "10.3.1.11")).includes(`dev ${toGreen}`));
  assert.ok((await waysTo("blue", "10.30.0.0/16")).includes(`via inet6 fe80::2 dev ${toGreen}`));
  assert.equal((await inDomain(plan, "h1", "blue", `sysctl -n net.ipv4.conf.${toGreen}.accept_local`)).trim(), "1");
  const before = await echoes("g11");
  assert.equal((await ping(findPlace(plan, "b11"), "10.3.1.11", { count: 2 })).received, 0);
  assert.equal(await echoes("g11"), before + 2);
  for (const family of ["-4", "-6"]) assert.equal(await inDomain(plan, "h1", green, `ip ${family} route show proto 87 metric 2087`), "");
  assert.match(await pingOnce(plan, "g11", "10.2.1.11"), /Destination Net Unreachable|100% packet loss/);
  // red imports blue, which imports green.
  for (const prefix of ["10.3.1.11", "10.3.1.0/24", "10.30.0.0/16", "fd00:3::11", "fd00:3::/64"])
    assert.equal(await waysTo("red", prefix), "");
  assert.match(await pingOnce(plan, "r11", "10.3.1.11"), /From 10\.1\.1\.1 .*Net Unreachable/);
  assert.equal(await echoes("g11"), before + 2);
  const links = JSON.parse(await inDomain(plan, "h1", green, "ip -j link show type veth")) as { ifname: string; ifalias?: string }[];
  assert.deepEqual(
    links.filter((l) => l.ifalias === "weft").map((l) => l.ifname),
    ["to-blue"],
  );
});

test("the tables say so: prefixes with the domain, the way of a packet through both", async () => {
  const h1 = findPlace(plan, "h1");
  const prefixes = (await weft(h1, ["evpn", "prefixes", "--domain", "red", "--ip", "10.2.1.11"])).stdout;
  assert.match(prefixes, /10\.2\.1\.11\/32 +host +installed +via fe80::1 dev to-blue \(domain blue\)/);
  assert.match(prefixes, /10\.2\.1\.0\/24 +prefix +installed +via fe80::1 dev to-blue \(domain blue\)/);
  const way = await weft(h1, ["route", "r11", "b11"]);
  assert.equal(way.status, 0, way.stdout + way.stderr);
  assert.match(way.stdout, /10\.2\.1\.11\/32 via fe80::1 dev to-blue +via fe80::1 dev to-blue +yes/);
  assert.match(way.stdout, /domain blue +10\.2\.1\.0\/24 dev br202 +dev br202 +yes/);
  assert.match(way.stdout, /10\.2\.1\.11 is \S+ in blue2, port/);
});

test("an agent is killed and comes back under traffic: no packet is lost, and nothing of ours is touched", async () => {
  const h1 = findPlace(plan, "h1");
  const gone: string[] = [];
  const conns = ["red", "blue"].map((domain) => {
    const conn = new NetlinkConnection({ namespace: domainPath(plan, "h1", domain) });
    // Neighbours on the links are the kernel's own, and it forgets them as it likes.
    conn.subscribe(["link", "fdb", "route", "address"], {
      onEvents: (events) => {
        for (const e of events) if (e.change === "delete") gone.push(JSON.stringify(e));
      },
      onOverrun: (reason) => gone.push(reason),
    });
    return conn;
  });
  try {
    const pings = [new RunningPing(findPlace(plan, "r11"), "10.2.1.11"), new RunningPing(findPlace(plan, "b11"), "fd00:1::11")];
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
    for (const conn of conns) conn.close();
  }
});

const drifts: readonly (readonly [string, string, string])[] = [
  ["one end of the link is deleted", "blue", "ip link del to-red"],
  ["the link is down", "red", "ip link set to-blue down"],
  ["its address is deleted", "blue", "ip address del fe80::1/64 dev to-red"],
  ["routes of ours are deleted", "red", "ip route flush proto 87"],
];

test("what somebody deletes is put right at once", async () => {
  for (const [what, domain, line] of drifts) {
    await inDomain(plan, "h1", domain, line);
    await reachable(plan, "r11", "10.2.1.11", "fd00:2::11");
    await waitFor(`nothing left to do after ${what}`, async () => JSON.stringify(await diff(plan, "h1")) === "[]");
  }
});

test("a station moves to another host and back under pings from both: its route leads there and here", async () => {
  const running = [new RunningPing(findPlace(plan, "r11"), "10.2.1.11"), new RunningPing(findPlace(plan, "r12"), "fd00:2::11")];
  await waitFor("answers", () => running.every((p) => p.received > 5), { every: 10 });
  for (const [node, way] of [
    ["h2", "dev vx5001"],
    ["h1", "dev to-blue"],
  ] as const) {
    await labMove(lab, "b11", node);
    plan = knownLab(lab).plan;
    for (const prefix of ["10.2.1.11", "fd00:2::11"])
      await waitFor(`${prefix} ${way}`, async () => (await waysTo("red", prefix)).includes(way));
    for (const p of running) {
      const received = p.received;
      await waitFor("answers again", () => p.received > received + 5, { every: 10 });
    }
  }
  await Promise.all(running.map(async (p) => await p.stop()));
  for (const node of ["h1", "h2"])
    await waitFor(`nothing left to do on ${node}`, async () => JSON.stringify(await diff(plan, node)) === "[]");
});

test("without the import the routes and the link are gone, of the other direction, too, when it goes; cleanup leaves nothing", async () => {
  const h1 = findPlace(plan, "h1");
  const config = agentConfig(plan, findMember(plan, "h1")) as { domains: { name: string; importTargets?: readonly string[] }[] };
  const importing = async (domain: string, ...targets: readonly string[]): Promise<void> => {
    config.domains.find((d) => d.name === domain)!.importTargets = targets;
    writeWeftConfig(h1, "agent", config);
    await reloadWeft(h1);
  };
  await importing("red", "65000:5001");
  await waitFor("no way in red", async () => !(await inDomain(plan, "h1", "red", "ip route show proto 87")).includes("to-blue"));
  assert.match(await waysTo("blue", "10.1.1.11"), /dev to-red/);
  assert.equal((await ping(findPlace(plan, "r11"), "10.2.1.11", { count: 1 })).received, 0);
  await importing("blue", "65000:5002");
  await waitFor("no links", async () => !(await inDomain(plan, "h1", "blue", "ip link show")).includes("to-"));
  assert.ok(!(await inDomain(plan, "h1", "red", "ip link show")).includes("to-"));
  await waitFor("nothing left to do", async () => JSON.stringify(await diff(plan, "h1")) === "[]");
  await importing("red", "65000:5001", "65000:5002");
  await waitFor("the way in red", async () => (await waysTo("red", "10.2.1.11")).includes("to-blue"));
  await stopProcess(h1, "agent");
  const done = await weft(h1, ["agent", "cleanup"]);
  assert.equal(done.status, 0, done.stderr);
  assert.deepEqual(
    readdirSync(h1.namespaces!).filter((n) => n.startsWith("weft-")),
    [],
  );
});
