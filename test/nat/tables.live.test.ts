// SPDX-License-Identifier: Apache-2.0
/** The tables for NAT in the kernel, without an agent around them: two hosts, two domains with the same addresses, one router outside. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Ip } from "../../src/base/net/ip.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { domainTable } from "../../src/agent/desired/nat/domain-table.ts";
import { hostTable } from "../../src/agent/desired/nat/host-table.ts";
import { linkPlan } from "../../src/agent/desired/nat/link-index.ts";
import type { DomainNatPlan } from "../../src/agent/desired/nat/nat-plan.ts";
import { aliasOf } from "../../src/agent/desired/nat/workload-source.ts";
import { listTable, writeTable } from "../../src/nftables/rulesets.ts";
import { setSysctls } from "../../src/lab/fabric/namespaces.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { type Place, enter } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Capture } from "../harness/capture.ts";
import { Scratch } from "../harness/scratch.ts";
import { Program } from "../mobility/program.ts";

const net = new Scratch("nattab");
after(async () => await net.remove());

const places = new Map<string, Place>();
const at = (name: string): Place => places.get(name)!;
const host = async (name: string): Promise<Place> => {
  const place = await net.host(name);
  places.set(name, place);
  return place;
};
const links = { a: linkPlan(101), b: linkPlan(102) };

function plan(h: number, d: "a" | "b"): DomainNatPlan {
  return {
    domain: d,
    ns: at(`h${h}${d}`).namespace,
    link: links[d],
    floating: [{ outer: `203.0.113.1${d === "a" ? 0 : 1}${h}` as Ip, inner: "10.1.1.11" as Ip }],
    // What `h1` has translated twice, `h2` translates once.
    outbound: { source: h === 1 ? "link" : "workload", connections: d === "b" ? 3 : undefined, ports: undefined, log: { group: 5 } },
    announced: [],
  };
}

/** 203.0.113.0/24 is the public network; behind `out`, a router, is `far` at a link of 1300 octets. */
before(async () => {
  const outside = await host("out");
  const far = await host("far");
  const hosts = [await host("h1"), await host("h2")];
  await net.segment([[outside, "203.0.113.254/24"], ...hosts.map((h, i) => [h, `203.0.113.${i + 1}/24`] as const)], { mtu: 1500 });
  await net.link(outside, "far0", far, "eth0", 1300);
  await net.ip(outside, ["address add 198.51.100.1/24 dev far0"]);
  await net.ip(far, ["address add 198.51.100.2/24 dev eth0", "route add default via 198.51.100.1"]);
  for (const [i, h] of hosts.entries()) {
    setSysctls(h.namespace, { "ipv4/neigh/eth0/proxy_delay": 0, "ipv4/fwmark_reflect": i });
    await net.ip(h, ["route add default via 203.0.113.254"]);
    for (const d of ["a", "b"] as const) await addDomain(h, i + 1, d);
    writeTable(
      namespacePath(h.namespace),
      hostTable(
        {
          interface: "eth0",
          address: `203.0.113.${i + 1}` as Ip,
          ports: { first: 20_000, last: 20_003 },
          closed: { ip4: false, ip6: false },
          byInterface6: true,
          bridges: [],
        },
        (["a", "b"] as const).map((d) => plan(i + 1, d)),
      ),
    );
  }
});

async function addDomain(h: Place, number: number, d: "a" | "b"): Promise<void> {
  const inside = await host(`h${number}${d}`);
  const { host: outerEnd, inside: innerEnd, hostAddress, insideAddress } = links[d];
  await net.link(h, outerEnd, inside, innerEnd, number === 1 ? 1450 : 65_535);
  const outer = plan(number, d).floating[0]!.outer;
  await net.ip(h, [
    `address add ${hostAddress}/30 dev ${outerEnd}`,
    `route add ${outer}/32 via ${insideAddress} dev ${outerEnd}`,
    `neigh add proxy ${outer} dev eth0`,
  ]);
  if (number === 2) {
    setSysctls(h.namespace, { [`ipv4/conf/${outerEnd}/accept_local`]: 1 });
    await net.ip(h, [`route add ${aliasOf(plan(number, d))}/32 via ${insideAddress} dev ${outerEnd}`]);
  }
  await net.ip(inside, [`address add ${insideAddress}/30 dev ${innerEnd}`, `route add default via ${hostAddress}`]);
  await net.ip(inside, ["link add gw mtu 1450 type bridge mcast_snooping 0", "address add 10.1.1.1/24 dev gw", "link set gw up"]);
  for (const n of [11, 12]) {
    const name = `w${n}h${number}${d}`;
    const w = await net.workload(name, inside, `p${n}`, "gw", `02:00:00:0${number}:0${d}:${n}`, [`10.1.1.${n}/24`]);
    places.set(name, w);
    await net.ip(w, ["route add default via 10.1.1.1"]);
  }
  writeTable(namespacePath(inside.namespace), domainTable(plan(number, d)));
}

const ping = async (from: string, to: string, ...more: string[]): Promise<string> =>
  await net.run(at(from), ["ping", "-c", "1", "-W", "2", ...more, to]);
const noPing = async (from: string, to: string): Promise<void> => {
  await assert.rejects(net.run(at(from), ["ping", "-c", "1", "-W", "1", to]));
};
/** Says the source address of every connection. */
const echo = (port = 7000): string =>
  `require("node:net").createServer((s) => { console.log("from " + s.remoteAddress.replace("::ffff:", "")); s.on("error", () => {}); s.pipe(s); }).listen(${port}, () => console.log("ready"));`;

test("floating IPs of two domains with the same addresses: inwards, outwards, to one another, and to themselves", async () => {
  for (const f of ["101", "102", "111", "112"]) await ping("out", `203.0.113.${f}`);
  const server = new Program(at("far"), echo());
  await server.said((l) => l === "ready");
  for (const [w, f] of [
    ["w11h1a", "203.0.113.101"],
    ["w11h1b", "203.0.113.111"],
    ["w11h2a", "203.0.113.102"],
    ["w12h1a", "203.0.113.1"],
    ["w12h2a", "203.0.113.2"],
    ["w12h2b", "203.0.113.2"],
  ] as const) {
    const before = server.lines.length;
    await net.run(at(w), [process.execPath, "-e", `require("node:net").connect(7000, "198.51.100.2", function () { this.destroy(); })`]);
    await waitFor("the server to see it", () => server.lines.length > before);
    assert.equal(server.lines[before], `from ${f}`);
  }
  server.end();
  // Another domain on this host and on the other, and the same domain, with and without a floating IP of its own.
  for (const w of ["w11h1a", "w12h1a", "w11h2a", "w12h2a"]) for (const to of ["111", "112", "102", "101"]) await ping(w, `203.0.113.${to}`);
  const inside = listTable(namespacePath(at("h1a").namespace), { family: "inet", name: "weft_nat" })!;
  assert.ok(inside.sets.get("floating_in")!.counts.get("203.0.113.101")!.packets > 0);
});

test("path MTU discovery passes a floating IP, and so does it port NAT", async () => {
  for (const w of ["w11h1a", "w12h1a", "w11h2a", "w12h2a"]) {
    await assert.rejects(net.run(at(w), ["ping", "-c", "1", "-W", "2", "-M", "do", "-s", "1372", "198.51.100.2"]));
    await waitFor(`${w} to know the path`, async () => (await net.run(at(w), ["ip", "route", "get", "198.51.100.2"])).includes("mtu 1300"));
  }
  // And an error that a workload itself sends: it quotes what arrived, which outside knows by the floating IP.
  const asked = await tryCommand(
    enter(at("out"), [
      process.execPath,
      "-e",
      `const s = require("node:dgram").createSocket("udp4"); s.connect(9, "203.0.113.101", () => { s.on("error", (e) => process.exit(e.code === "ECONNREFUSED" ? 7 : 8)); s.send("x"); }); setTimeout(() => process.exit(9), 5000);`,
    ]),
  );
  assert.equal(asked.status, 7, "the sender hears that nobody listens");
  // Larger than the MTU on the way in: fragments of a packet that outside may fragment.
  await ping("out", "203.0.113.101", "-s", "3000");
  for (const w of ["w12h1a", "w12h2a"]) await ping(w, "203.0.113.254", "-s", "3000");
});

test("what outside sends is as large as fits, and so is what goes out by a public side that is narrower", async () => {
  const sent = 300_000;
  const server = new Program(
    at("out"),
    `require("node:net").createServer((s) => s.end(Buffer.alloc(${sent}))).listen(7001, () => console.log("ready"));`,
  );
  await server.said((l) => l === "ready");
  for (const w of ["w12h1a", "w12h2a"]) {
    const client = new Program(
      at(w),
      `let n = 0; require("node:net").connect(7001, "203.0.113.254").on("data", (d) => (n += d.length)).on("end", () => console.log("got " + n));`,
    );
    assert.equal(await client.said((l) => l.startsWith("got ")), `got ${sent}`, w);
    client.end();
  }
  server.end();
  for (const h of ["h1", "h2"]) await net.ip(at(h), ["link set eth0 mtu 1350"]);
  for (const w of ["w12h1a", "w12h2a"]) {
    await assert.rejects(net.run(at(w), ["ping", "-c", "1", "-W", "2", "-M", "do", "-s", "1400", "203.0.113.254"]));
    await waitFor(`${w} to know the host's`, async () =>
      (await net.run(at(w), ["ip", "route", "get", "203.0.113.254"])).includes("mtu 1350"),
    );
  }
  for (const h of ["h1", "h2"]) await net.ip(at(h), ["link set eth0 mtu 1500"]);
});

test("domains reach neither the host nor one another's links, and no one gets in but by a floating IP", async () => {
  await noPing("out", "203.0.113.199");
  const { insideAddress } = links.b;
  for (const w of ["w11h1a", "w12h2a"]) await noPing(w, insideAddress);
  // Whether the host is there they may ask.
  for (const h of [1, 2]) for (const ip of [links.a.hostAddress, `203.0.113.${h}`]) await ping(`w12h${h}a`, ip);
  await net.ip(at("out"), [`route add 169.254.0.0/16 via 203.0.113.1`]);
  await noPing("out", insideAddress);
  const host = listTable(namespacePath(at("h1").namespace), { family: "inet", name: "weft_nat" })!;
  assert.ok(host.counters.get("not_forwarded")!.packets >= 2);
});

test("a domain has no more connections than it may, and the host no more to one destination than it has ports; both are counted", async () => {
  const server = new Program(at("out"), echo());
  await server.said((l) => l === "ready");
  const open = (count: number): string => `
let open = 0, refused = 0;
const next = (n) => { if (n === 0) return console.log("open " + open + " refused " + refused);
  const s = require("node:net").connect(7000, "203.0.113.254");
  s.once("connect", () => { open++; next(n - 1); }); s.once("error", () => { refused++; next(n - 1); }); };
next(${count}); process.stdin.resume(); process.stdin.on("end", () => process.exit(0));`;
  for (const h of ["h1", "h2"]) {
    const b = new Program(at(`w12${h}b`), open(5));
    assert.equal(await b.said((l) => l.startsWith("open ")), "open 3 refused 2");
    const a = new Program(at(`w12${h}a`), open(3));
    assert.equal(await a.said((l) => l.startsWith("open ")), "open 1 refused 2");
    const inside = listTable(namespacePath(at(`${h}b`).namespace), { family: "inet", name: "weft_nat" })!;
    assert.ok(inside.counters.get("connections_refused")!.packets >= 2);
    const outer = listTable(namespacePath(at(h).namespace), { family: "inet", name: "weft_nat" })!;
    assert.ok(outer.counters.get("ports_exhausted")!.packets >= 2);
    // Where floating IPs are, nobody needs a port.
    await ping("out", h === "h1" ? "203.0.113.101" : "203.0.113.102");
    for (const p of [a, b]) p.end();
  }
  server.end();
});

/** Sends `text` from a fixed address and port by UDP until it comes back, and says so. */
const speak = (from: string, text: string): string => `
const s = require("node:dgram").createSocket("udp4");
s.on("message", (m) => console.log("got " + m)); s.bind(5555, "${from}", () => setInterval(() => s.send("${text}", 7002, "203.0.113.254"), 100));`;
const udpEcho = `const s = require("node:dgram").createSocket("udp4");
s.on("message", (m, r) => { console.log(m + " from " + r.address); s.send(m, r.port, r.address); }); s.bind(7002, () => console.log("ready"));`;

test("two workloads with one address and port at once: each gets its own answers, and the host's log has the workload and its domain", async () => {
  const log = new Capture(at("h2"), "nflog:5", "");
  await log.started();
  // An address of the host itself as well.
  await net.ip(at("h2"), ["address add 10.1.1.12/32 dev lo"]);
  const server = new Program(at("out"), udpEcho);
  await server.said((l) => l === "ready");
  const speakers = (["a", "b"] as const).map((d) => new Program(at(`w12h2${d}`), speak("10.1.1.12", `it is ${d}`)));
  for (const [i, d] of ["a", "b"].entries()) assert.equal(await speakers[i]!.said((l) => l.startsWith("got ")), `got it is ${d}`);
  await waitFor("ten answers each", () => speakers.every((s) => s.lines.length >= 10));
  for (const [i, d] of ["a", "b"].entries()) assert.deepEqual([...new Set(speakers[i]!.lines)], [`got it is ${d}`]);
  assert.deepEqual([...new Set(server.lines)].toSorted(), ["it is a from 203.0.113.2", "it is b from 203.0.113.2", "ready"]);
  for (const s of speakers) s.end();
  // Who takes the floating IP of another domain as his address is translated like all.
  await net.ip(at("w12h2b"), ["address add 203.0.113.102/32 dev eth0"]);
  const liar = new Program(at("w12h2b"), speak("203.0.113.102", "I am a"));
  assert.equal(await server.said((l) => l.startsWith("I am a")), "I am a from 203.0.113.2");
  for (const p of [liar, server]) p.end();
  await net.ip(at("h2"), ["address del 10.1.1.12/32 dev lo"]);
  const lines = await waitFor("the log", async () => {
    const rows = (await log.fields("udp.dstport == 7002", ["nflog.prefix", "ip.src", "udp.srcport"])).map((r) => r.join(" "));
    return rows.length >= 3 ? rows : undefined;
  });
  assert.deepEqual(lines.toSorted(), ["weft-nat a  10.1.1.12 5555", "weft-nat b  10.1.1.12 5555", "weft-nat b  203.0.113.102 5555"]);
  await log.stop();
});
