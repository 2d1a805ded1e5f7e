// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAgentConfig } from "../../contract/config/load.ts";
import { formatTable } from "../../nftables/format.ts";
import { resolveNetworks } from "../desired/resolve-networks.ts";
import { boundaryTable } from "./boundary-table.ts";
import { dnsmasqConfig } from "./dnsmasq-config.ts";
import { servicePlans } from "./service-plan.ts";

function plansOf(text: string) {
  const config = parseAgentConfig(`bgp: { asn: 65000, routerId: 10.0.0.1 }\nvtep: { address: 10.0.0.1 }\n${text}`, "agent.yaml");
  return servicePlans(config, resolveNetworks(config, [], 1450).plans);
}

const full = `
domains: [{ name: Shop, dns: { upstream: [10.1.1.250], records: [{ name: db.blue, ips: [10.1.1.99] }, { name: www.example.org., ips: ["fd00::7"] }] } }, { name: plain }]
networks:
  - name: blue
    vni: 101
    domain: Shop
    subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }, { cidr: "fd00:1:1::/64", gateway: "fd00:1:1::1" }, { cidr: 10.9.0.0/16 }]
    dhcp: { routes: [{ prefix: 172.16.0.0/12, via: 10.1.1.9 }] }
  - { name: red, vni: 102, domain: Shop, subnets: [{ cidr: 10.1.2.0/24, gateway: 10.1.2.1 }], mtu: 1400, dhcp: { router: false, dns: [], lease: 600 } }
  - { name: off, vni: 103, domain: Shop, subnets: [{ cidr: 10.1.3.0/24, gateway: 10.1.3.1 }], dhcp: false }
  - { name: bare, vni: 104, domain: plain, subnets: [{ cidr: 10.1.4.0/24, gateway: 10.1.4.1 }] }
  - { name: host, vni: 105 }
ports:
  - { name: W_1, network: blue, interface: p1, mac: "02:00:00:00:01:01", ips: ["fd00:1:1::11", 10.9.0.5, 10.1.1.11, 10.1.1.12] }
  - { name: w2, network: blue, interface: p2, mac: "02:00:00:00:01:02", ips: [10.1.1.13], hostname: web, dhcp: false }
  - { name: w3, network: red, interface: p3 }
  - { name: w4, network: off, interface: p4, mac: "02:00:00:00:01:04", ips: [10.1.3.4] }
`;

test("one server for each domain that has a network with DHCP, and what it is told", () => {
  const plans = plansOf(full);
  assert.deepEqual(
    plans.map((p) => [p.domain, p.ns, p.networks.map((n) => n.network)]),
    [["Shop", "weft-Shop", ["blue", "red"]]],
  );
  const lines = dnsmasqConfig(plans[0]!, { leases: "/run/l", log: "/run/log" }).split("\n");
  const from = (start: string): readonly string[] => lines.filter((l) => l.startsWith(start));
  assert.deepEqual(from("interface="), ["interface=br101", "interface=br102"]);
  assert.deepEqual([...from("server="), ...from("local=")], ["server=10.1.1.250", "local=/shop.internal/"]);
  assert.deepEqual(from("dhcp-host="), ["dhcp-host=02:00:00:00:01:01,10.1.1.11,[fd00:1:1::11],w-1"]);
  assert.deepEqual(from("dhcp-range="), [
    "dhcp-range=set:br101-0,10.1.1.0,static,255.255.255.0,3600",
    "dhcp-range=set:br101-1,fd00:1:1::,static,64,3600",
    "dhcp-range=set:br102-0,10.1.2.0,static,255.255.255.0,600",
  ]);
  assert.deepEqual([...from("ra-param="), ...from("enable-ra")], ["ra-param=br101,mtu:1450,60,1800", "enable-ra"]);
  assert.deepEqual(from("dhcp-option=tag:br101-0"), [
    "dhcp-option=tag:br101-0,option:router,10.1.1.1",
    "dhcp-option=tag:br101-0,option:dns-server,10.1.1.1",
    "dhcp-option=tag:br101-0,option:domain-name,blue.shop.internal",
    "dhcp-option=tag:br101-0,option:domain-search,blue.shop.internal,shop.internal",
    "dhcp-option=tag:br101-0,option:mtu,1450",
    "dhcp-option=tag:br101-0,option:classless-static-route,0.0.0.0/0,10.1.1.1,172.16.0.0/12,10.1.1.9",
  ]);
  assert.deepEqual(from("dhcp-option=tag:br102-0").slice(0, 2), [
    "dhcp-option=tag:br102-0,option:router",
    "dhcp-option=tag:br102-0,option:dns-server",
  ]);
  assert.ok(lines.includes("dhcp-option=tag:br102-0,option:mtu,1400"));
});

test("names: of every declared port of the domain, of records within the zone and beyond", () => {
  const lines = dnsmasqConfig(plansOf(full)[0]!, { leases: "l", log: "o" }).split("\n");
  assert.deepEqual(
    lines.filter((l) => l.startsWith("host-record=")),
    [
      "host-record=w-1.blue.shop.internal,w-1.shop.internal,fd00:1:1::11",
      "host-record=w-1.blue.shop.internal,w-1.shop.internal,10.9.0.5",
      "host-record=w-1.blue.shop.internal,w-1.shop.internal,10.1.1.11",
      "host-record=w-1.blue.shop.internal,w-1.shop.internal,10.1.1.12",
      "host-record=web.blue.shop.internal,web.shop.internal,10.1.1.13",
      "host-record=w4.off.shop.internal,w4.shop.internal,10.1.3.4",
      "host-record=db.blue.shop.internal,10.1.1.99",
      "host-record=www.example.org,fd00::7",
    ],
  );
});

test("kinds of router advertisements, and none", () => {
  const said = (ipv6: string): readonly string[] => {
    const [plan] = plansOf(`
domains: [{ name: shop }]
networks: [{ name: n, vni: 101, domain: shop, subnets: [{ cidr: "fd00::/64", gateway: "fd00::1" }], dhcp: { ipv6: ${ipv6}, raInterval: 10, router: false } }]`);
    return dnsmasqConfig(plan!, { leases: "l", log: "o" })
      .split("\n")
      .filter((l) => /^(dhcp-range|enable-ra|ra-param)/.test(l));
  };
  const ra = ["ra-param=br101,mtu:1450,10,0"];
  assert.deepEqual(said("stateful"), ["enable-ra", "dhcp-range=set:br101-0,fd00::,static,64,3600", ...ra]);
  assert.deepEqual(said("stateless"), ["enable-ra", "dhcp-range=set:br101-0,fd00::,ra-stateless,64,3600", ...ra]);
  assert.deepEqual(said("slaac"), ["enable-ra", "dhcp-range=set:br101-0,fd00::,ra-only,64,3600", ...ra]);
  assert.deepEqual(said("'off'"), []);
});

test("frames of DHCP and router discovery stop at the tunnels of served networks, both ways", () => {
  const text = formatTable(boundaryTable(plansOf(full)[0]!));
  assert.match(text, /add element bridge weft_dhcp tunnels \{ "vx101", "vx102" \}/);
  for (const hook of ["hook forward", "hook output", "hook prerouting"]) assert.ok(text.includes(hook));
  assert.equal(text.match(/counter name crossing drop/g)?.length, 12);
});

test("a name that dnsmasq would read as a lease time or an order is left out of what a workload is told", () => {
  const names = ["ignore", "infinite", "7", "12h", "w", "7a", "ignored"];
  const ports = names.map(
    (name, i) => `{ name: ${JSON.stringify(name)}, network: n, interface: p${i}, mac: "02:00:00:00:01:0${i}", ips: [10.1.1.1${i}] }`,
  );
  const [plan] = plansOf(`
domains: [{ name: shop }]
networks: [{ name: n, vni: 101, domain: shop, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }], dhcp: true }]
ports: [${ports.join(", ")}]`);
  const lines = dnsmasqConfig(plan!, { leases: "l", log: "o" }).split("\n");
  assert.deepEqual(
    lines.filter((l) => l.startsWith("dhcp-host=")).map((l) => l.split(",").slice(1).join(",")),
    ["10.1.1.10", "10.1.1.11", "10.1.1.12", "10.1.1.13", "10.1.1.14,w", "10.1.1.15,7a", "10.1.1.16,ignored"],
  );
  assert.ok(lines.includes("host-record=ignore.n.shop.internal,ignore.shop.internal,10.1.1.10"));
});
