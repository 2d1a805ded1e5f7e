// SPDX-License-Identifier: Apache-2.0
/** Floating IPs and public subnets by BGP unicast: FRR as router of the underlay learns them and loses them with their workload. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { reaches } from "../../src/lab/measure/ping.ts";
import { frrAnswers, startFrr, vtysh } from "../../src/lab/peer/frr.ts";
import { startWeft, weft, weftReady } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("natbgp");
let h1: Place, router: Place, far: Place, shop: Place, open: Place;
after(async () => await net.remove());

const config = {
  host: "h1",
  bgp: {
    asn: 65000,
    routerId: "10.9.0.1",
    timers: { hold: 9, connectRetry: 1 },
    peers: [{ address: "10.9.0.254", asn: 65100, localAddress: "10.9.0.1", families: ["ipv4-unicast", "ipv6-unicast"] }],
  },
  vtep: { address: "10.9.0.1" },
  public: { interface: "eth0", announce: ["bgp"] },
  domains: [
    { name: "shop", nat: {} },
    { name: "open", external: { subnets: ["198.51.100.0/24"] } },
  ],
  networks: [
    {
      name: "n1",
      vni: 101,
      domain: "shop",
      subnets: [
        { cidr: "10.1.1.0/24", gateway: "10.1.1.1" },
        { cidr: "fd00:1::/64", gateway: "fd00:1::1" },
      ],
    },
    { name: "n2", vni: 102, domain: "open", subnets: [{ cidr: "198.51.100.0/24", gateway: "198.51.100.1" }] },
  ],
  ports: [
    { name: "w1", network: "n1", interface: "p-w1", mac: "02:00:00:00:01:01", ips: ["10.1.1.11", "fd00:1::11"] },
    { name: "w2", network: "n2", interface: "p-w2", mac: "02:00:00:00:01:02", ips: ["198.51.100.7"] },
  ],
  floatingIps: [
    { address: "192.0.2.10", port: "w1" },
    { address: "2001:db8:f::10", port: "w1" },
    { address: "192.0.2.66", port: "nobody" },
  ],
};

const bgpd = `router bgp 65100
 bgp router-id 10.9.0.254
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 neighbor 10.9.0.1 remote-as 65000
 neighbor 10.9.0.1 timers connect 1
 address-family ipv4 unicast
  neighbor 10.9.0.1 activate
 exit-address-family
 address-family ipv6 unicast
  neighbor 10.9.0.1 activate
 exit-address-family
`;

before(async () => {
  [h1, router, far] = [await net.host("h1", { ownNamespaces: true }), await net.host("router"), await net.host("far")];
  await net.segment(
    [
      [h1, "10.9.0.1/24", "2001:db8:9::1/64"],
      [router, "10.9.0.254/24", "2001:db8:9::fe/64"],
    ],
    { mtu: 1500 },
  );
  await net.link(router, "far0", far, "eth0");
  await net.ip(router, ["address add 203.0.113.1/24 dev far0", "address add 2001:db8:8::1/64 dev far0 nodad"]);
  await net.ip(far, [
    "address add 203.0.113.2/24 dev eth0",
    "address add 2001:db8:8::2/64 dev eth0 nodad",
    "route add 0.0.0.0/0 via 203.0.113.1",
    "route add ::/0 via 2001:db8:8::1",
  ]);
  await net.ip(h1, ["route add 0.0.0.0/0 via 10.9.0.254", "route add ::/0 via 2001:db8:9::fe"]);
  await startFrr(router, { zebra: "", bgpd });
  await waitFor("bgpd", async () => await frrAnswers(router, "bgpd"));
  shop = await net.workload("w1", h1, "p-w1", undefined, "02:00:00:00:01:01", ["10.1.1.11/24", "fd00:1::11/64"]);
  open = await net.workload("w2", h1, "p-w2", undefined, "02:00:00:00:01:02", ["198.51.100.7/24"]);
  await net.ip(shop, ["route add 0.0.0.0/0 via 10.1.1.1", "route add ::/0 via fd00:1::1"]);
  await net.ip(open, ["route add 0.0.0.0/0 via 198.51.100.1"]);
  await startWeft(h1, "agent", { config });
  await weftReady(h1, "agent");
});

const learned = async (): Promise<string> => (await vtysh(router, "show ip route bgp")) + (await vtysh(router, "show ipv6 route bgp"));

test("FRR learns floating IPs and the public subnet, and everybody behind it reaches them", async () => {
  await waitFor(
    "routes",
    async () => {
      const routes = await learned();
      return ["192.0.2.10/32", "198.51.100.0/24", "2001:db8:f::10/128"].every((p) => routes.includes(`${p} [20/0] via`));
    },
    { within: 30_000 },
  );
  assert.doesNotMatch(await learned(), /192\.0\.2\.66/);
  for (const to of ["192.0.2.10", "198.51.100.7", "2001:db8:f::10"])
    await waitFor(`far to reach ${to}`, async () => await reaches(far, to), { within: 20_000 });
  for (const w of [shop, open]) await waitFor("a way out", async () => await reaches(w, "203.0.113.2"), { within: 20_000 });
  await waitFor("a way out for IPv6", async () => await reaches(shop, "2001:db8:8::2"), { within: 20_000 });
});

test("the workload goes: its routes are withdrawn, the others stay; it comes back, and so do they", async () => {
  await net.ip(shop, ["link set eth0 down"]);
  await waitFor(
    "the routes to go",
    async () => {
      const routes = await learned();
      return !routes.includes("192.0.2.10/32") && !routes.includes("2001:db8:f::10/128") && routes.includes("198.51.100.0/24");
    },
    { within: 20_000 },
  );
  assert.match((await weft(h1, ["nat", "floating"])).stdout, /^192\.0\.2\.10 .* elsewhere /m);
  await net.ip(shop, [
    "link set eth0 up",
    "address replace fd00:1::11/64 dev eth0 nodad",
    "route replace 0.0.0.0/0 via 10.1.1.1",
    "route replace ::/0 via fd00:1::1",
  ]);
  await waitFor("far to reach it again", async () => await reaches(far, "192.0.2.10"), { within: 30_000 });
});
