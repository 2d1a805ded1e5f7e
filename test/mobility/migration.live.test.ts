// SPDX-License-Identifier: Apache-2.0
/** Live migration as its users see it: a transfer that goes on, and a receiver that never says a word. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setSysctls } from "../../src/lab/fabric/namespaces.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";
import { Fabric, type Workload } from "../interop/evpn/fabric.ts";
import { addRoaming, roam } from "../interop/evpn/roaming.ts";
import { tablesAreTrue } from "../interop/evpn/truth.ts";
import { Program } from "./program.ts";

const net = new Scratch("mobmig");
after(async () => await net.remove());

let fabric: Fabric;
before(async () => {
  fabric = await Fabric.up(net, {
    leaves: { h1: "own", h2: "own", h3: "adopt", f4: "frr" },
    reflectors: ["weft"],
    // Five migrations in a few seconds are what RFC 7432 §15.1 takes for a duplicate.
    agent: { duplicateDetection: { moves: 1000 } },
  });
  await fabric.add(3, fabric.leaf("h3"));
  await tablesAreTrue(fabric);
});

const receiver = (ip: string): string => `
const hash = require("node:crypto").createHash("sha256");
require("node:net").createServer((s) => {
  s.on("data", (d) => { hash.update(d); console.log("+" + d.length); });
  s.on("end", () => { console.log("hash " + hash.digest("hex")); process.exit(0); });
  s.on("error", (e) => { console.log("failed " + e.code); process.exit(1); });
}).listen(5000, "${ip}", () => console.log("ready"));`;

/** Numbers without end, 64 kB every 10 ms, until it is told to finish. */
const source = (ip: string): string => `
const hash = require("node:crypto").createHash("sha256");
let n = 0, ending = false;
process.stdin.on("data", () => { ending = true; });
const s = require("node:net").connect(5000, "${ip}");
s.on("error", (e) => { console.log("failed " + e.code); process.exit(1); });
setInterval(() => {
  if (ending) { s.end(); console.log("hash " + hash.digest("hex")); ending = false; n = -1; }
  if (n < 0 || s.writableLength > 1 << 20) return;
  const b = Buffer.alloc(1 << 16);
  for (let i = 0; i < b.length; i += 4) b.writeUInt32LE(n++, i);
  hash.update(b); s.write(b);
}, 10);
s.on("close", () => process.exit(0));`;

/** A transfer from w3 to a workload goes on after each migration, and no octet of it is lost or changed. */
async function transfers(w: Workload, places: readonly string[], migrate: (to: string) => Promise<unknown>): Promise<void> {
  await tablesAreTrue(fabric);
  const to = new Program(w.place, receiver(w.ips[0]!));
  await to.said((l) => l === "ready");
  const from = new Program(fabric.workload("w3").place, source(w.ips[0]!));
  const received = (): number => to.lines.reduce((sum, l) => sum + (l.startsWith("+") ? Number(l) : 0), 0);
  await waitFor("the transfer to begin", () => received() > 1 << 20);
  for (const leaf of places) {
    await migrate(leaf);
    const had = received();
    await waitFor(`the transfer to go on at ${leaf}`, () => received() > had + (1 << 20), { within: 30_000 });
    await tablesAreTrue(fabric);
  }
  from.tell("enough\n");
  const [sent, got] = [await from.said((l) => l.startsWith("hash ")), await to.said((l) => l.startsWith("hash "))];
  assert.equal(got, sent);
  assert.ok(!from.lines.some((l) => l.startsWith("failed")));
  for (const p of [from, to]) await p.ended;
}

test("a TCP transfer outlives five live migrations with gratuitous ARP, also to FRR and back", async () => {
  const w = await addRoaming(fabric, 10, fabric.leaf("h1"));
  await transfers(w, ["h2", "f4", "h1", "h2", "h1"], async (to) => await roam(fabric, w.name, to));
});

test("a TCP transfer to a declared workload outlives live migrations of which nobody says a word", async () => {
  const w = await fabric.add(11, fabric.leaf("h1"), { declared: true });
  await transfers(w, ["h2", "h1", "h2"], async (to) => await fabric.carry(w.name, to, { silently: true }));
});

const listener = (ip: string): string => `
let n = 0;
const s = require("node:dgram").createSocket("udp4");
s.on("message", () => console.log("+" + ++n));
s.bind(5001, "${ip}", () => console.log("ready"));`;
const caller = (ip: string): string => `
const s = require("node:dgram").createSocket("udp4");
setInterval(() => s.send("x", 5001, "${ip}"), 10);`;

/** A declared workload that only listens gets datagrams at each new place. @returns how many frames it sent meanwhile */
async function receives(n: number, options: { readonly silently: boolean }): Promise<number> {
  const w = await fabric.add(n, fabric.leaf("h1"), { declared: true });
  const ip = w.ips[0]!;
  setSysctls(w.place.namespace, { "ipv6/conf/eth0/disable_ipv6": 1 });
  await tablesAreTrue(fabric);
  const to = new Program(w.place, listener(ip));
  await to.said((l) => l === "ready");
  const from = new Program(fabric.workload("w3").place, caller(ip));
  const before = await transmitted(w.place.namespace);
  for (const leaf of ["h2", "h1", "h2"]) {
    const had = to.lines.length;
    await fabric.carry(w.name, leaf, options);
    await waitFor(`datagrams at ${leaf}`, () => to.lines.length > had + 50, { within: 30_000 });
    // The bridge of its own host may not even have seen its MAC.
    await tablesAreTrue(
      fabric,
      fabric.leaves.filter((l) => l.name !== leaf),
    );
  }
  const sent = (await transmitted(w.place.namespace)) - before;
  for (const p of [from, to]) p.end();
  // For what comes after it: now its bridge has seen it.
  fabric.announce(fabric.workload(w.name));
  return sent;
}

test("a declared receiver that never sends is found at each new place without a word from it", async () => {
  // Nothing but answers to those who ask it for its address.
  const sent = await receives(40, { silently: true });
  assert.ok(sent <= 12, `it sent ${sent} frames`);
});

test("the same receiver, announced by gratuitous ARP", async () => {
  const sent = await receives(41, { silently: false });
  assert.ok(sent >= 3, `it sent ${sent} frames`);
});

async function transmitted(namespace: string): Promise<number> {
  const text = await net.run({ namespace, folder: "" }, ["ip", "-j", "-s", "link", "show", "dev", "eth0"]);
  return (JSON.parse(text) as readonly [{ readonly stats64: { readonly tx: { readonly packets: number } } }])[0].stats64.tx.packets;
}
