// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { ManualClock } from "../../base/run/clock.ts";
import { MemoryMetrics } from "../../base/run/metrics.ts";
import { link } from "../../netlink/route/link.ts";
import { neighbour } from "../../netlink/route/neighbour.ts";
import { NTF_EXT_LEARNED, NUD_STALE } from "../../netlink/route/neighbour-flags.ts";
import type { NetworkPlan } from "../desired/network-plan.ts";
import type { ActualLink } from "../kernel/actual.ts";
import { Mirror } from "../kernel/mirror.ts";
import { dynamicNeighbour } from "../kernel/own-entries.ts";
import { agentConfig, FakeHost } from "../testing/fake-host.ts";
import { RemoteHost } from "../testing/remote-host.ts";
import { AddressCheck } from "./address-check.ts";

const mac = "02:00:00:00:01:01";
const other = "02:00:00:00:01:02";
const ip = "fd00:1::1";
const h2 = new RemoteHost("10.0.0.2");

interface Scene {
  readonly host: FakeHost;
  /** Addresses asked for since this was last called. */
  readonly asked: () => readonly string[];
}

/** A host with a port, whose agent hears. */
async function up(): Promise<Scene> {
  const host = new FakeHost();
  host.addAdopted(100);
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  host.run("", link.set("br100", { address: "02:00:00:00:0b:0b" as Mac }));
  let asked: string[] = [];
  const vtep = await host.start("adopt: true", (o) => ({
    ...o,
    onQuestions: (all) => void asked.push(...all.map((q) => `${q.ip} ${q.mac} ${q.from}`)),
  }));
  vtep.convergedBy("test");
  host.clock.advance(3000);
  await host.settle();
  say(host, other, "192.168.1.2");
  return {
    host,
    asked: () => {
      const before = asked;
      asked = [];
      return before;
    },
  };
}

function say(host: FakeHost, who: string, address: string): void {
  host.vtep.sighted([{ ns: "", index: host.index("", "br100"), ip: address as Ip, mac: who as Mac }]);
}

async function pass(host: FakeHost, ms: number): Promise<void> {
  host.clock.advance(ms);
  await host.settle();
}

function local(host: FakeHost): readonly string[] {
  return [...host.vtep.evpn.neighbours()].flatMap((n) => (n.where === "local" ? [n.ip] : []));
}

/** A MAC comes here from another host, with an address that was announced there. */
async function arrives(host: FakeHost): Promise<void> {
  host.vtep.applyBest([h2.multicast(100), h2.mac(100, mac), h2.mac(100, mac, { ip })]);
  await host.settle();
  await comesBack(host);
}

/** The MAC is here, and the other host takes its routes back. */
async function comesBack(host: FakeHost): Promise<void> {
  host.learn("", "p1", mac);
  await host.settle();
  host.vtep.applyBest([h2.gone(100, mac), h2.gone(100, mac, ip)]);
  await host.settle();
}

const question = `${ip} ${mac} 02:00:00:00:0b:0b`;

test("an address that a MAC brings along is asked for three times and then taken back", async () => {
  const { host, asked } = await up();
  await arrives(host);
  await pass(host, 0);
  assert.deepEqual([local(host), asked()], [[ip], [question]]);
  await pass(host, 1000);
  await pass(host, 1000);
  assert.deepEqual([local(host), asked()], [[ip], [question, question]]);
  await pass(host, 1000);
  assert.deepEqual([local(host), asked()], [[], []]);
  await pass(host, 10_000);
  assert.deepEqual(asked(), []);
  assert.ok(!host.entries().some((line) => line.startsWith(`${ip} `)));
  await host.stop();
});

test("one that is answered for stays", async () => {
  const { host, asked } = await up();
  await arrives(host);
  await pass(host, 0);
  say(host, mac, ip);
  await pass(host, 10_000);
  assert.deepEqual([local(host), asked()], [[ip], [question]]);
  await host.stop();
});

test("what was heard before a MAC left does not count when it is back a moment later", async () => {
  const { host, asked } = await up();
  host.learn("", "p1", mac);
  await host.settle();
  say(host, mac, ip);
  await host.settle();
  host.vtep.applyBest([h2.mac(100, mac, { sequence: 1 }), h2.mac(100, mac, { ip, sequence: 1 })]);
  await host.settle();
  assert.deepEqual(local(host), []);
  await pass(host, 100);
  await comesBack(host);
  await pass(host, 0);
  assert.deepEqual([local(host), asked()], [[ip], [question]]);
  await host.stop();
});

test("nor does what is heard of it when its address went already, and the MAC is about to", async () => {
  const { host, asked } = await up();
  await arrives(host);
  await pass(host, 10_000);
  asked();
  host.learn("", "p1", mac);
  await host.settle();
  say(host, mac, ip);
  await host.settle();
  assert.deepEqual(local(host), [ip]);
  // It is elsewhere now; its last words here are worked off between the news of its address and those of itself.
  host.run("", neighbour.delete(host.index("", "br100"), ip as Ip));
  await host.settle();
  say(host, mac, ip);
  host.vtep.applyBest([h2.mac(100, mac, { sequence: 9 }), h2.mac(100, mac, { ip, sequence: 9 })]);
  await host.settle();
  asked();
  await pass(host, 300);
  await comesBack(host);
  await pass(host, 0);
  assert.deepEqual([local(host), asked()], [[ip], [question]]);
  await host.stop();
});

test("nothing is asked where nothing was ever heard, nor what was heard just now", async () => {
  const { host, asked } = await up();
  host.learn("", "p1", mac);
  await host.settle();
  say(host, mac, ip);
  await pass(host, 5000);
  assert.deepEqual([local(host), asked()], [[ip], []]);
  await host.stop();
  const deaf = new FakeHost();
  deaf.addAdopted(100);
  deaf.addWorkload("", "p1");
  deaf.run("", link.set("p1", { master: deaf.index("", "br100") }));
  let questions = 0;
  await deaf.start("adopt: true", (o) => ({ ...o, onQuestions: (all) => void (questions += all.length) }));
  await arrives(deaf);
  await pass(deaf, 10_000);
  assert.deepEqual([local(deaf), questions], [[ip], 0]);
  await deaf.stop();
});

test("where nobody listens any more, silence takes no address away", async () => {
  const { host, asked } = await up();
  await arrives(host);
  await pass(host, 1000);
  assert.equal(asked().length, 2);
  host.vtep.reconfigure(agentConfig("adopt: true\ndiscovery: false"));
  await pass(host, 10_000);
  host.vtep.reconfigure(agentConfig("adopt: true"));
  await pass(host, 10_000);
  assert.deepEqual([local(host), asked()], [[ip], []]);
  await host.stop();
});

test("an address that the kernel gave to another MAC without asking is asked for", async () => {
  const { host } = await up();
  host.learn("", "p1", mac);
  host.learn("", "p1", other);
  await host.settle();
  say(host, mac, "192.168.1.1");
  await host.settle();
  const ifindex = host.index("", "br100");
  const taken = { ifindex, ip: "192.168.1.1" as Ip, mac: other as Mac, state: NUD_STALE, flags: NTF_EXT_LEARNED, protocol: 87 };
  host.run("", neighbour.replace(taken));
  await host.settle();
  assert.ok(host.entries().includes(`192.168.1.1 dev br100 lladdr ${other} extern_learn nud probe proto 87`), host.entries().join("\n"));
  await host.stop();
});

test("who was silent for a quarter of an hour is asked: IPv6 by us, IPv4 by the kernel and us", async () => {
  const { host, asked } = await up();
  host.learn("", "p1", mac);
  await host.settle();
  for (const address of [ip, "192.168.1.1"]) say(host, mac, address);
  await host.settle();
  // The kernel asked, heard the answer, and nobody has used the address since.
  const ifindex = host.index("", "br100");
  const kept = { ifindex, ip: "192.168.1.1" as Ip, mac: mac as Mac, state: NUD_STALE, flags: NTF_EXT_LEARNED, protocol: 87 };
  host.run("", neighbour.replace(kept));
  for (let minute = 0; minute < 14; minute++) await pass(host, 60_000);
  say(host, mac, ip);
  await pass(host, 120_000);
  assert.deepEqual([...new Set(asked())], [`192.168.1.1 ${mac} 02:00:00:00:0b:0b`]);
  assert.ok(host.entries().some((line) => line.startsWith("192.168.1.1 ") && line.includes("nud probe")));
  for (let minute = 0; minute < 16; minute++) await pass(host, 60_000);
  assert.deepEqual([...new Set(asked())], [question]);
  assert.deepEqual(local(host), ["192.168.1.1"]);
  await host.stop();
});

test("many addresses are asked for some at a time", async () => {
  const { host, asked } = await up();
  const ifindex = host.index("", "br100");
  const all = Array.from({ length: 250 }, (_, i) => `fd00:1::${i + 1}`);
  for (const address of all) host.run("", neighbour.replace({ ifindex, ip: address as Ip, mac: mac as Mac, state: NUD_STALE }));
  host.learn("", "p1", mac);
  await host.settle();
  await pass(host, 0);
  assert.equal(asked().length, 100);
  await pass(host, 20);
  await pass(host, 20);
  assert.equal(asked().length, 150);
  await pass(host, 5000);
  await pass(host, 5000);
  await pass(host, 5000);
  assert.deepEqual(local(host), []);
  await host.stop();
});

test("more addresses than a call takes arguments are asked for like few", () => {
  const clock = new ManualClock();
  const mirror = new Mirror();
  const addresses = Array.from({ length: 200_000 }, (_, i) => `fd00:1::${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}` as Ip);
  mirror.addNamespace("");
  mirror.apply("", [{ kind: "link", link: { index: 4, name: "br100", address: "02:00:00:00:0b:0b" as Mac } as ActualLink }]);
  const neighbour = dynamicNeighbour(mac as Mac, { stale: true, kept: true });
  mirror.apply(
    "",
    addresses.map((address) => ({ kind: "neighbour", index: 4, ip: address, neighbour })),
  );
  let asked = 0;
  const check = new AddressCheck({
    clock,
    mirror,
    isLocal: () => true,
    plan: () => ({ ns: "", bridge: "br100" }) as NetworkPlan,
    plans: () => [],
    metrics: new MemoryMetrics(),
    ask: (questions) => void (asked += questions.length),
    apply: () => undefined,
  });
  check.heard([{ ns: "", index: 4, ip: "fd00:2::1" as Ip, mac: mac as Mac }]);
  const news = { network: "vx100", mac: mac as Mac, origin: "learned" } as const;
  check.told(addresses.map((address) => ({ kind: "neighbour-up", neighbour: { ...news, ip: address } })));
  clock.advance(0);
  clock.advance(20);
  assert.equal(asked, 200);
  check.stop();
});
