// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { link } from "../../netlink/route/link.ts";
import { neighbour } from "../../netlink/route/neighbour.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { RemoteHost } from "../testing/remote-host.ts";

const a = "02:00:00:00:01:01";
const b = "02:00:00:00:01:02";
const far = "02:00:00:00:02:01";
const ip = "192.168.1.30";
const h2 = new RemoteHost("10.0.0.2");

async function up(more = ""): Promise<FakeHost> {
  const host = new FakeHost();
  host.addAdopted(100);
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  const vtep = await host.start(`adopt: true\n${more}`);
  vtep.convergedBy("test");
  host.clock.advance(3000);
  await host.settle();
  return host;
}

function say(host: FakeHost, mac: string, address = ip): void {
  host.vtep.sighted([{ ns: "", index: host.index("", "br100"), ip: address as Ip, mac: mac as Mac }]);
}

function neighbours(host: FakeHost): readonly string[] {
  return host.entries().filter((line) => line.includes("lladdr") && line.startsWith("192.168."));
}

/** The MAC that this host announces an address with. */
function announced(host: FakeHost, address = ip): readonly string[] {
  return [...host.vtep.evpn.neighbours()].flatMap((n) => (n.ip === address && n.where === "local" ? [n.mac] : []));
}

test("what a workload says becomes a neighbour of the kernel, and is announced", async () => {
  const host = await up();
  host.learn("", "p1", a);
  await host.settle();
  say(host, a);
  await host.settle();
  assert.deepEqual(neighbours(host), [`${ip} dev br100 lladdr ${a} extern_learn nud probe proto 87`]);
  assert.deepEqual(announced(host), [a]);
  const before = host.kernel.log.length;
  say(host, a);
  await host.settle();
  assert.equal(host.kernel.log.length, before);
  await host.stop();
});

test("an address known by us to be elsewhere comes here with the first word, and its claim is the newer one", async () => {
  const host = await up();
  host.vtep.applyBest([h2.multicast(100), h2.mac(100, far, { sequence: 3 }), h2.mac(100, far, { ip, sequence: 3 })]);
  host.learn("", "p1", a);
  await host.settle();
  assert.match(neighbours(host)[0]!, /extern_learn nud noarp proto 87/);
  say(host, a);
  await host.settle();
  assert.deepEqual(announced(host), [a]);
  assert.deepEqual(
    [...host.vtep.evpn.macs()].flatMap((m) => (m.mac === a ? [m.sequence] : [])),
    [4],
  );
  assert.deepEqual(neighbours(host), [`${ip} dev br100 lladdr ${a} extern_learn nud probe proto 87`]);
  await host.stop();
});

test("stations of other hosts, that speak here by flooding, are not believed", async () => {
  const host = await up();
  say(host, far);
  host.clock.advance(1001);
  host.learn("", "p1", far);
  await host.settle();
  assert.deepEqual(neighbours(host), []);
  await host.stop();
});

test("a frame that is read before the kernel's word that its MAC is here counts", async () => {
  const host = await up();
  say(host, a);
  say(host, a, "192.168.1.31");
  host.clock.advance(20);
  host.learn("", "p1", a);
  await host.settle();
  assert.deepEqual([announced(host), announced(host, "192.168.1.31")], [[a], [a]]);
  await host.stop();
});

test("what an administrator put there, and what the bridge itself says, stay", async () => {
  const host = await up();
  host.run("", neighbour.add({ ifindex: host.index("", "br100"), ip: ip as Ip, mac: b as Mac }));
  host.learn("", "p1", a);
  await host.settle();
  say(host, a);
  await host.settle();
  assert.deepEqual(neighbours(host), [`${ip} dev br100 lladdr ${b} nud permanent`]);
  const own = host.vtep.mirror.link("", "br100")?.address;
  if (own !== undefined) say(host, own, "192.168.1.77");
  host.vtep.sighted([{ ns: "", index: 9999, ip: "192.168.1.78" as Ip, mac: a as Mac }]);
  await host.settle();
  assert.equal(neighbours(host).length, 1);
  await host.stop();
});

test("gateways and declared addresses are not learned", async () => {
  const host = new FakeHost();
  host.addWorkload("", "p1");
  const network = "networks: [{ name: blue, vni: 100, subnets: [{ cidr: 192.168.1.0/24, gateway: 192.168.1.1 }] }]";
  await host.start(`${network}\nports: [{ name: w, network: blue, interface: p1, mac: '${a}', ips: [${ip}] }]`);
  host.learn("", "p1", a);
  host.learn("", "p1", b);
  await host.settle();
  say(host, b, "192.168.1.1");
  say(host, b);
  await host.settle();
  assert.deepEqual([announced(host), announced(host, "192.168.1.1"), neighbours(host)], [[a], [], []]);
  await host.stop();
});

test("an address that goes to and fro is held back after five times, and then the last word counts", async () => {
  const host = await up("duplicateDetection: { moves: 1000 }");
  host.learn("", "p1", a);
  host.learn("", "p1", b);
  await host.settle();
  say(host, a);
  await host.settle();
  const before = host.kernel.log.length;
  for (let i = 0; i < 100; i++) {
    say(host, i % 2 === 0 ? b : a);
    await host.settle();
  }
  assert.equal(host.kernel.log.length - before, 5);
  assert.deepEqual(announced(host), [b]);
  say(host, b);
  say(host, a);
  host.clock.advance(11_000);
  await host.settle();
  assert.deepEqual(announced(host), [a]);
  await host.stop();
});

test("an address that may not move is as it was a moment later, and one that is known with its MAC elsewhere is left alone", async () => {
  const host = await up();
  const fixed = "192.168.1.40";
  host.vtep.applyBest([h2.multicast(100), h2.mac(100, far, { sticky: true }), h2.mac(100, far, { ip: fixed, sticky: true })]);
  host.learn("", "p1", a);
  await host.settle();
  const right = neighbours(host);
  assert.match(right[0]!, new RegExp(`${far} extern_learn nud noarp`));
  say(host, a, fixed);
  await host.settle();
  host.clock.advance(1001);
  await host.settle();
  assert.deepEqual([neighbours(host), announced(host, fixed)], [right, []]);
  const before = host.kernel.log.length;
  say(host, far, fixed);
  await host.settle();
  assert.equal(host.kernel.log.length, before);
  await host.stop();
});
