// SPDX-License-Identifier: Apache-2.0
/** NAT by agents: two hosts, two domains with the same addresses, and a host outside. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { findPlace } from "../../src/lab/find.ts";
import { ping, RunningPing } from "../../src/lab/measure/ping.ts";
import { labDown } from "../../src/lab/down.ts";
import { labMove } from "../../src/lab/move.ts";
import { reloadWeft, weft, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { command } from "../../src/lab/system/command.ts";
import { recordedProcesses } from "../../src/lab/system/managed-process.ts";
import { enter } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Program } from "../mobility/program.ts";
import { diff, inDomain, labOf, reachable } from "../routing/routed-lab.ts";

const lab = "nat-agents";
let plan: LabPlan;
const at = (name: string) => findPlace(plan, name);
const inside = "[{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }, { cidr: 'fd00:1::/64', gateway: 'fd00:1::1' }]";

before(async () => {
  plan = await labOf(
    `
name: ${lab}
underlay: { spines: 1, routing: static }
reflectors: [rr1]
nodes: { h1: {}, h2: {} }
public: { subnets: [203.0.113.0/24, "2001:db8::/64"], ports: { first: 1024, last: 49999 } }
domains:
  red: { l3vni: 5001, nat: {} }
  blue: { l3vni: 5002, nat: { source: workload, ports: { first: 61000, last: 61999 } } }
  lime: { nat: { source: workload, connections: 3 } }
  green: { l3vni: 5003, nat: { ports: { first: 60000, last: 60001 } } }
networks:
  lime1: { vni: 401, domain: lime, subnets: ${inside} }
  red1: { vni: 101, domain: red, subnets: ${inside} }
  blue1: { vni: 201, domain: blue, subnets: ${inside} }
  green1: { vni: 301, domain: green, subnets: ${inside} }
workloads:
  r1: { node: h1, network: red1, ip: [10.1.1.11/24, "fd00:1::11/64"] }
  r2: { node: h2, network: red1, ip: [10.1.1.12/24, "fd00:1::12/64"] }
  b1: { node: h1, network: blue1, ip: [10.1.1.11/24, "fd00:1::11/64"] }
  b2: { node: h2, network: blue1, ip: [10.1.1.12/24, "fd00:1::12/64"] }
  l1: { node: h2, network: lime1, ip: [10.1.1.11/24] }
  g1: { node: h1, network: green1, ip: [10.1.1.11/24] }
floatingIps:
  - { address: 203.0.113.101, port: r1 }
  - { address: 203.0.113.111, ip: 10.1.1.11, domain: blue }
  - { address: "2001:db8::101", port: r1 }
  - { address: "2001:db8:0:0:b::/112", ip: "fd00:1::/112", domain: blue }
  - { address: 203.0.113.150, port: nobody }
`,
    lab,
  );
});
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

/** Says the source address of every connection, and sends back what comes. */
const echo = `require("node:net").createServer((s) => { console.log("from " + s.remoteAddress.replace("::ffff:", "")); s.on("error", () => {}); s.pipe(s); }).listen(7000, () => console.log("ready"));`;
/** Opens so many connections, one after another, and keeps them. */
const opener = (count: number): string => `
let open = 0, refused = 0;
const next = (n) => { if (n === 0) return console.log("open " + open + " refused " + refused);
  const s = require("node:net").connect(7000, "203.0.113.254");
  s.once("connect", () => { open++; next(n - 1); }); s.once("error", () => { refused++; next(n - 1); }); };
next(${count}); process.stdin.resume(); process.stdin.on("end", () => process.exit(0));`;

test("inwards, outwards, from floating IP to floating IP, to itself; IPv6 by address and by prefix; nothing is left to do", async () => {
  await reachable(plan, "outside", "203.0.113.101", "203.0.113.111", "2001:db8::101", "2001:db8::b:0:0:11", "2001:db8::b:0:0:12");
  const server = new Program(at("outside"), echo);
  await server.said((l) => l === "ready");
  for (const [w, seen, to] of [
    ["r1", "203.0.113.101", "203.0.113.254"],
    ["r2", "203.0.113.2", "203.0.113.254"],
    ["b1", "203.0.113.111", "203.0.113.254"],
    ["b2", "203.0.113.2", "203.0.113.254"],
    ["r1", "2001:db8::101", "2001:db8::ffff"],
    ["b2", "2001:db8::b:0:0:12", "2001:db8::ffff"],
  ] as const) {
    const had = server.lines.length;
    await command(enter(at(w), [process.execPath, "-e", `require("node:net").connect(7000, "${to}", function () { this.destroy(); })`]));
    await waitFor("the server to see it", () => server.lines.length > had);
    assert.equal(server.lines[had], `from ${seen}`, w);
  }
  server.end();
  for (const w of ["r1", "r2", "b1", "b2"]) await reachable(plan, w, "203.0.113.101", "203.0.113.111");
  // Between workloads of one domain nothing is translated.
  await reachable(plan, "r1", "10.1.1.12", "fd00:1::12");
  for (const node of ["h1", "h2"])
    await waitFor(`${node}: nothing left to do`, async () => JSON.stringify(await diff(plan, node)) === "[]");
});

test("limits are kept, counted and shown; the floating IP of nobody stops no other", async () => {
  const server = new Program(at("outside"), echo);
  await server.said((l) => l === "ready");
  const l1 = new Program(at("l1"), opener(5));
  assert.equal(await l1.said((l) => l.startsWith("open ")), "open 3 refused 2");
  const g1 = new Program(at("g1"), opener(4));
  assert.equal(await g1.said((l) => l.startsWith("open ")), "open 2 refused 2");
  for (const p of [l1, g1, server]) p.end();
  for (const p of [l1, g1, server]) await p.ended;
});

test("a domain is translated once, and twice again, as the configuration says", async () => {
  const h1 = at("h1");
  const file = parse(readFileSync(`${h1.folder}/agent.yaml`, "utf8")) as { readonly domains: { name: string; nat: object }[] };
  const outside = async (): Promise<void> => {
    await waitFor("nothing left to do", async () => JSON.stringify(await diff(plan, "h1")) === "[]");
    await reachable(plan, "g1", "203.0.113.254");
  };
  const domains = file.domains.map((d) => (d.name === "green" ? { ...d, nat: { ...d.nat, source: "workload" } } : d));
  writeWeftConfig(h1, "agent", { ...file, domains });
  await reloadWeft(h1);
  await outside();
  assert.match((await weft(h1, ["nat", "outbound"])).stdout, /^green .* workload$/m);
  writeWeftConfig(h1, "agent", file);
  await reloadWeft(h1);
  await outside();
});

test("no daemon is in the way of a packet: with all of them stopped, new flows come in and go out", async () => {
  const pids = plan.members.flatMap((m) =>
    recordedProcesses(at(m.name).folder).flatMap((p) => (/^(agent|reflector)$/.test(p.name) ? [p.identity.pid] : [])),
  );
  assert.equal(pids.length, 3);
  await command(enter(at("outside"), ["ip", "neigh", "flush", "all"]));
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    for (const [from, to] of [
      ["outside", "203.0.113.101"],
      ["outside", "2001:db8::101"],
      ["r2", "203.0.113.254"],
      ["b2", "203.0.113.254"],
    ] as const)
      assert.equal((await ping(at(from), to, { count: 3 })).lost, 0, `${from} to ${to}`);
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
});

test("the agent is killed and comes back: sessions through NAT and their counts go on, and no table is written again", async () => {
  const server = new Program(at("outside"), echo);
  await server.said((l) => l === "ready");
  const pings = [new RunningPing(at("outside"), "203.0.113.101"), new RunningPing(at("r2"), "203.0.113.254")];
  const session = new Program(
    at("b2"),
    `const s = require("node:net").connect(7000, "203.0.113.254"); let n = 0; s.on("data", () => console.log("got " + ++n)); s.on("error", (e) => console.log("failed " + e.code)); s.on("connect", () => setInterval(() => s.write("x"), 20));`,
  );
  await session.said((l) => l.startsWith("got "));
  await waitFor("answers", () => pings.every((p) => p.received > 5), { every: 10 });
  for (const name of ["h1", "h2"]) {
    const h = at(name);
    const pid = (): number => recordedProcesses(h.folder).find((p) => p.name === "agent")!.identity.pid;
    const before = pid();
    process.kill(before, "SIGKILL");
    await waitFor("another agent", () => pid() !== before, { within: 30_000 });
    await waitFor("converged", async () => (await weft(h, ["events"])).stdout.includes("agent.converged"), { within: 30_000 });
    assert.deepEqual(await diff(plan, name), []);
    const done = [...(await weft(h, ["metrics"])).stdout.matchAll(/^weft_kernel_operations_total\{kind="([^"]+)"/gm)].map((m) => m[1]);
    assert.deepEqual(
      done.filter((kind) => kind !== "write-sysctl"),
      [],
      (await weft(h, ["events"])).stdout,
    );
  }
  const had = session.lines.length;
  await waitFor("the session to go on", () => session.lines.length > had + 10);
  assert.ok(!session.lines.some((l) => l.startsWith("failed")));
  for (const p of pings) assert.equal((await p.stop()).lost, 0);
  for (const p of [session, server]) p.end();
});

test("a port moves with its floating IP: the new host says so, and others' sessions are unharmed", async () => {
  const others = [new RunningPing(at("outside"), "203.0.113.111"), new RunningPing(at("b2"), "203.0.113.254")];
  const moving = new RunningPing(at("outside"), "203.0.113.101");
  await waitFor("answers", () => [moving, ...others].every((p) => p.received > 5), { every: 10 });
  for (const to of ["h2", "h1"]) {
    await labMove(lab, "r1", to);
    const had = moving.received;
    await waitFor(`answers from ${to}`, () => moving.received > had + 20, { within: 20_000 });
    // Not by way of the host that it left, which would find the new one for them.
    const [{ address: mac }] = JSON.parse(await command(enter(at(to), ["ip", "-j", "link", "show", "pub0"]))) as [{ address: string }];
    await waitFor(`outside to have heard of ${to}`, async () =>
      (await command(enter(at("outside"), ["ip", "neigh", "show", "203.0.113.101"]))).includes(mac),
    );
    await waitFor("the host that it left to let go", async () => {
      const routes = await command(enter(at(to === "h1" ? "h2" : "h1"), ["ip", "route", "show", "203.0.113.101"]));
      return routes === "";
    });
  }
  await moving.stop();
  for (const p of others) assert.equal((await p.stop()).lost, 0);
  await reachable(plan, "outside", "2001:db8::101");
});

const drifts: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["the table of a domain is deleted", async () => await inDomain(plan, "h1", "red", "nft delete table inet weft_nat")],
  ["the table of the host is deleted", async () => await command(enter(at("h1"), ["nft", "delete", "table", "inet", "weft_nat"]))],
  [
    "the way back to workloads whose addresses the host sees is deleted",
    async () => await command(enter(at("h1"), ["sh", "-ec", "ip route del $(ip route show root 240.0.0.0/4 | head -1 | cut -d' ' -f1)"])),
  ],
  ["a rule is put in", async () => await inDomain(plan, "h1", "red", "nft insert rule inet weft_nat inbound drop")],
  [
    "the proxy entry is deleted",
    async () => await command(enter(at("h1"), ["ip", "neigh", "del", "proxy", "203.0.113.101", "dev", "pub0"])),
  ],
  ["the route of a floating IP is deleted", async () => await command(enter(at("h1"), ["ip", "route", "del", "203.0.113.101"]))],
];
for (const [what, harm] of drifts) {
  test(`${what}: put right`, async () => {
    await harm();
    await command(enter(at("outside"), ["ip", "neigh", "flush", "all"]));
    await weft(at("h1"), ["kernel", "diff"]);
    await reachable(plan, "outside", "203.0.113.101");
    await waitFor("nothing left to do", async () => JSON.stringify(await diff(plan, "h1")) === "[]");
  });
}
