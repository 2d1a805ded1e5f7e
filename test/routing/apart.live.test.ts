// SPDX-License-Identifier: Apache-2.0
/** Two hosts that share a domain but no network, over an IPv6 underlay: all traffic is routed, and IPv4 has next hops of IPv6. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { ping, reaches } from "../../src/lab/measure/ping.ts";
import { reloadWeft, startWeft, weft, weftReady, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { command } from "../../src/lab/system/command.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { links } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("rtapart");
after(async () => await net.remove());

let hosts: readonly [Place, Place];
let workloads: readonly [Place, Place];

function config(n: number, more: { readonly routerMac?: string; readonly gateway?: number } = {}): object {
  return {
    host: `h${n}`,
    bgp: { asn: 65000, routerId: `10.0.0.${n}`, peers: [{ address: `fd00::${3 - n}`, asn: 65000 }] },
    vtep: { address: `fd00::${n}`, ...(more.routerMac === undefined ? {} : { routerMac: more.routerMac }) },
    domains: [{ name: "shop", l3vni: 5001 }],
    networks: [
      {
        name: `net${n}`,
        vni: 100 + n,
        domain: "shop",
        subnets: [
          { cidr: `10.1.${n}.0/24`, gateway: `10.1.${n}.${more.gateway ?? 1}` },
          { cidr: `fd00:${n}::/64`, gateway: `fd00:${n}::1` },
        ],
      },
    ],
    ports: [{ name: `w${n}`, network: `net${n}`, interface: "p-w" }],
  };
}

async function inDomain(n: 1 | 2, line: string): Promise<string> {
  return await command(["nsenter", `--net=${hosts[n - 1]!.namespaces}/weft-shop`, ...line.split(" ")]);
}

/** Says nothing of itself: its port is declared without MAC and addresses. */
async function attach(n: 1 | 2): Promise<Place> {
  const place = await net.host(`w${n}`);
  await net.ip(place, [
    `link add eth0 address 02:01:00:00:00:0${n} type veth peer name p-w`,
    `address add 10.1.${n}.11/24 dev eth0`,
    `address add fd00:${n}::11/64 dev eth0 nodad`,
    "link set eth0 up",
    `route add 0.0.0.0/0 via 10.1.${n}.1`,
    `route add ::/0 via fd00:${n}::1`,
    `link set p-w netns ${hosts[n - 1]!.namespace}`,
  ]);
  return place;
}

before(async () => {
  hosts = [await net.host("h1", { ownNamespaces: true }), await net.host("h2", { ownNamespaces: true })];
  await net.segment(
    hosts.map((h, i) => [h, `fd00::${i + 1}/64`] as const),
    { mtu: 1500 },
  );
  workloads = [await attach(1), await attach(2)];
  for (const [i, host] of hosts.entries()) await startWeft(host, "agent", { config: config(i + 1) });
  for (const host of hosts) await weftReady(host, "agent");
});

test("one asks for a silent workload by the other's subnet; the host that has it resolves it, and announces it", async () => {
  await waitFor("the subnet of h2 on h1", async () => (await inDomain(1, "ip route show proto 87")).includes("10.1.2.0/24"));
  const [w1] = workloads;
  for (const to of ["10.1.2.11", "fd00:2::11"]) await waitFor(`w1 to reach ${to}`, async () => await reaches(w1, to), { within: 30_000 });
  await waitFor("host routes on h1", async () =>
    /^10\.1\.2\.11 via inet6 fd00::2 dev vx5001 metric 2087 onlink/m.test(await inDomain(1, "ip route show proto 87")),
  );
  await waitFor("and of IPv6", async () => (await inDomain(1, "ip -6 route show proto 87")).includes("fd00:2::11 via fd00::2 dev vx5001"));
  for (const to of ["10.1.2.11", "fd00:2::11"]) assert.equal((await ping(w1, to, { count: 5 })).lost, 0);
});

test("the MTU leaves room for IPv6, and the path says so", async () => {
  const [link] = JSON.parse(await inDomain(1, "ip -j link show vx5001")) as { mtu: number }[];
  assert.equal(link!.mtu, 1430);
  assert.equal((await ping(workloads[0], "10.1.2.11", { count: 2, size: 1402 })).lost, 0);
  const said = await net.run(workloads[0], ["sh", "-c", "ping -n -c 1 -W 2 -M do -s 1472 10.1.2.11 2>&1 || true"]);
  assert.match(said, /From 10\.1\.1\.1 .*mtu = 1430/);
});

test("a hop of the other host names itself although it has no address of IPv4 for the tunnel", async () => {
  const said = await net.run(workloads[0], ["sh", "-c", "ping -n -c 1 -W 2 -t 2 10.1.2.11 2>&1 || true"]);
  assert.match(said, /From 10\.1\.2\.1 .*Time to live exceeded/);
});

test("another router MAC and another gateway address: taken over while traffic goes on, and the old ones are gone", async () => {
  writeWeftConfig(hosts[1], "agent", config(2, { routerMac: "02:aa:00:00:00:22", gateway: 254 }));
  await reloadWeft(hosts[1]);
  await waitFor("the router MAC on h1", async () =>
    (await inDomain(1, "ip neigh show dev vx5001")).includes("fd00::2 lladdr 02:aa:00:00:00:22"),
  );
  const addresses = await inDomain(2, "ip -br address show dev br102");
  assert.match(addresses, /10\.1\.2\.254\/24/);
  assert.doesNotMatch(addresses, /10\.1\.2\.1\/24/);
  await net.ip(workloads[1], ["route replace 0.0.0.0/0 via 10.1.2.254"]);
  await waitFor("w1 to reach w2", async () => await reaches(workloads[0], "10.1.2.11"));
  assert.doesNotMatch(await inDomain(1, "bridge fdb show dev vx5001"), /02:52:/);
  for (const host of hosts)
    await waitFor("nothing left to do", async () => (await weft(host, ["kernel", "diff", "-o", "json"])).stdout.trim() === "[]");
});

test("a domain without its L3VNI routes no more between hosts; cleanup leaves nothing", async () => {
  writeWeftConfig(hosts[0], "agent", { ...config(1), domains: [{ name: "shop" }] });
  await reloadWeft(hosts[0]);
  await waitFor("no tunnel", async () => !(await inDomain(1, "ip -br link")).includes("vx5001"));
  assert.equal(await inDomain(1, "ip route show proto 87"), "");
  assert.ok(await reaches(workloads[0], "10.1.1.1"));
  for (const host of hosts) {
    await stopProcess(host, "agent", "SIGTERM");
    const done = await weft(host, ["agent", "cleanup"]);
    assert.equal(done.status, 0, done.stderr);
    assert.ok(!existsSync(`${host.namespaces}/weft-shop`));
    assert.deepEqual((await links(host)).map((l) => l.ifname).toSorted(), ["eth0", "lo", "p-w"]);
  }
});
