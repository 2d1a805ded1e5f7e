// SPDX-License-Identifier: Apache-2.0
/** Two agents that make everything themselves: bridges, VXLANs and a namespace for a domain; over IPv4, then over IPv6. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { ping, reaches, RunningPing } from "../../src/lab/measure/ping.ts";
import { reloadWeft, restartWeft, startWeft, weft, weftReady, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { command } from "../../src/lab/system/command.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { links } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("agown");
after(async () => await net.remove());

const macs = ["02:01:00:00:01:01", "02:01:00:00:01:02"] as const;
let hosts: readonly Place[];
let workloads: readonly Place[];

function config(n: number, more: { readonly ports?: boolean; readonly mtu?: number; readonly v6?: boolean } = {}): object {
  const at = (i: number): string => (more.v6 === true ? `fd00::${i}` : `10.0.0.${i}`);
  return {
    host: `h${n}`,
    bgp: { asn: 65000, routerId: `10.0.0.${n}`, peers: [{ address: at(3 - n), asn: 65000 }] },
    vtep: { address: at(n) },
    domains: [{ name: "shop" }],
    networks: [
      { name: "plain", vni: 100 },
      { name: "web", vni: 101, domain: "shop", subnets: [{ cidr: "10.1.1.0/24" }, { cidr: "fd00:1:1::/64" }] },
    ],
    ports:
      more.ports === false
        ? []
        : [{ name: `web${n}`, network: "web", interface: "p-web", mac: macs[n - 1], ips: [`10.1.1.${n}`, `fd00:1:1::${n}`] }],
  };
}

/** Runs a tool in the domain's namespace of a host. */
async function inDomain(host: Place, argv: readonly string[]): Promise<string> {
  return await command(["nsenter", `--net=${host.namespaces}/weft-shop`, ...argv]);
}

/** A workload whose host end appears ready-made: the agent takes it the moment it sees it. */
async function attach(n: 1 | 2): Promise<Place> {
  const place = await net.host(`w${n}`);
  await net.ip(place, [
    `link add eth0 address ${macs[n - 1]} type veth peer name p-web`,
    `address add 10.1.1.${n}/24 dev eth0`,
    `address add fd00:1:1::${n}/64 dev eth0 nodad`,
    "link set eth0 up",
    `link set p-web netns ${hosts[n - 1]!.namespace}`,
  ]);
  return place;
}

before(async () => {
  hosts = [await net.host("h1", { ownNamespaces: true }), await net.host("h2", { ownNamespaces: true })];
  await net.segment(
    hosts.map((h, i) => [h, `10.0.0.${i + 1}/24`, `fd00::${i + 1}/64`] as const),
    { mtu: 1500 },
  );
  for (const [i, host] of hosts.entries()) await startWeft(host, "agent", { config: config(i + 1) });
  for (const host of hosts) await weftReady(host, "agent");
});

test("a declared port is served from the moment its interface appears", async () => {
  assert.match((await weft(hosts[0]!, ["status"])).stdout, /p-web has not appeared/);
  workloads = [await attach(1), await attach(2)];
  await waitFor("w2 on h1", async () => (await weft(hosts[0]!, ["evpn", "macs"])).stdout.includes(macs[1]));
  assert.equal((await ping(workloads[0]!, "10.1.1.2", { count: 5 })).lost, 0);
  assert.equal((await ping(workloads[0]!, "fd00:1:1::2", { count: 5 })).lost, 0);
  const neighbours = await inDomain(hosts[0]!, ["ip", "neigh", "show", "dev", "br101"]);
  assert.match(neighbours, /10\.1\.1\.2 lladdr 02:01:00:00:01:02 extern_learn NOARP/);
  assert.match(neighbours, /fd00:1:1::2 lladdr 02:01:00:00:01:02 extern_learn NOARP/);
});

test("devices are as they should be: MTU, flags, no address of their own", async () => {
  const [vx] = JSON.parse(await inDomain(hosts[0]!, ["ip", "-d", "-j", "link", "show", "vx101"])) as {
    mtu: number;
    inet6_addr_gen_mode: string;
    linkinfo: { info_slave_data: { learning: boolean; neigh_suppress: boolean } };
  }[];
  // Wider than what fits, so that the kernel tells workloads what does; the network's MTU is that of the bridge.
  assert.equal(vx!.mtu, 65_000);
  const [bridge] = JSON.parse(await inDomain(hosts[0]!, ["ip", "-j", "link", "show", "br101"])) as { mtu: number }[];
  assert.equal(bridge!.mtu, 1450);
  assert.equal(vx!.inet6_addr_gen_mode, "none");
  assert.deepEqual([vx!.linkinfo.info_slave_data.learning, vx!.linkinfo.info_slave_data.neigh_suppress], [false, true]);
  assert.equal((await inDomain(hosts[0]!, ["cat", "/proc/sys/net/bridge/bridge-nf-call-iptables"])).trim(), "0");
  assert.ok((await links(hosts[0]!)).some((l) => l.ifname === "br100"));
  assert.equal((await ping(workloads[0]!, "10.1.1.2", { count: 2, size: 1422 })).lost, 0);
});

test("killed under traffic, started again: no packet is lost, the namespace is adopted", async () => {
  const running = new RunningPing(workloads[0]!, "10.1.1.2");
  await stopProcess(hosts[1]!, "agent", "SIGKILL");
  await restartWeft(hosts[1]!, "agent");
  await weftReady(hosts[1]!, "agent");
  await waitFor("converged", async () => (await weft(hosts[1]!, ["events"])).stdout.includes("agent.converged"));
  const result = await running.stop();
  assert.equal(result.lost, 0, `${result.lost} of ${result.sent} lost`);
  assert.equal((await weft(hosts[1]!, ["kernel", "diff", "-o", "json"])).stdout.trim(), "[]");
});

test("a bad file changes nothing; a good one is applied by its differences", async () => {
  writeWeftConfig(hosts[1]!, "agent", { ...config(2), networks: [{ name: "web", vni: "x" }] });
  await assert.rejects(reloadWeft(hosts[1]!));
  assert.ok(await reaches(workloads[0]!, "10.1.1.2"));
  writeWeftConfig(hosts[1]!, "agent", config(2, { ports: false }));
  await reloadWeft(hosts[1]!);
  await waitFor("the interface is back in the host namespace", async () => (await links(hosts[1]!)).some((l) => l.ifname === "p-web"));
  await waitFor("h1 forgot it", async () => !(await weft(hosts[0]!, ["evpn", "macs"])).stdout.includes(macs[1]));
  writeWeftConfig(hosts[1]!, "agent", config(2));
  await reloadWeft(hosts[1]!);
  await waitFor("w1 reaches w2 again", async () => await reaches(workloads[0]!, "10.1.1.2"));
});

test("devices that somebody deletes are made again with all their entries", async () => {
  await inDomain(hosts[0]!, ["ip", "link", "del", "vx101"]);
  await waitFor("w1 reaches w2 again", async () => await reaches(workloads[0]!, "10.1.1.2"));
  await inDomain(hosts[0]!, ["ip", "link", "del", "br101"]);
  await waitFor("and again", async () => await reaches(workloads[0]!, "10.1.1.2"));
  assert.equal((await weft(hosts[0]!, ["kernel", "diff", "-o", "json"])).stdout.trim(), "[]");
});

test("the same over IPv6, and cleanup gives everything back", async () => {
  for (const host of hosts) await stopProcess(host, "agent", "SIGTERM");
  for (const [i, host] of hosts.entries()) await startWeft(host, "agent", { config: config(i + 1, { v6: true }) });
  for (const host of hosts) await weftReady(host, "agent");
  const device = JSON.parse(await inDomain(hosts[0]!, ["ip", "-d", "-j", "link", "show", "vx101"])) as {
    linkinfo: { info_data: { local6: string } };
  }[];
  assert.equal(device[0]!.linkinfo.info_data.local6, "fd00::1");
  const [bridge] = JSON.parse(await inDomain(hosts[0]!, ["ip", "-j", "link", "show", "br101"])) as { mtu: number }[];
  assert.equal(bridge!.mtu, 1430);
  await waitFor("w1 reaches w2 over IPv6", async () => await reaches(workloads[0]!, "10.1.1.2"));
  for (const host of hosts) {
    await stopProcess(host, "agent", "SIGTERM");
    const done = await weft(host, ["agent", "cleanup"]);
    assert.equal(done.status, 0, done.stderr);
    assert.deepEqual((await links(host)).map((l) => l.ifname).toSorted(), ["eth0", "lo", "p-web"]);
    assert.ok(!existsSync(`${host.namespaces}/weft-shop`));
    assert.match((await weft(host, ["agent", "cleanup"])).stdout, /nothing of ours/);
  }
});
