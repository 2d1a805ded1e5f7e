// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../../base/net/ip.ts";
import { formatTable } from "../../../nftables/format.ts";
import { agentConfig } from "../../testing/fake-host.ts";
import { keyOf } from "../object.ts";
import { hostTable } from "./host-table.ts";
import { natObjects } from "./nat-objects.ts";
import { resolveNat } from "./resolve-nat.ts";

function planOf(side: string, nat = "{}", routes?: { readonly ip4: boolean; readonly ip6: boolean; readonly byInterface6: boolean }) {
  const config = agentConfig(`
public: { interface: pub0${side} }
domains: [{ name: red, nat: ${nat}, external: { subnets: ["2001:db8::/64"] } }]
networks: [{ name: n, vni: 1, domain: red }]`);
  const addresses = ["203.0.113.254"] as Ip[];
  return resolveNat(config, { local: new Map(), addresses, forwarding: routes, bridges: ["br0"], links: new Map([["red", 100]]) });
}

test("a VLAN interface as public side: the dot of its name is none between components", () => {
  const plan = planOf("");
  const vlan = { ...plan, public: { ...plan.public!, interface: "eth0.100" } };
  const paths = natObjects(vlan, 1450).flatMap((o) => (o.kind === "sysctl" && o.path.includes("eth0") ? [o.path] : []));
  assert.deepEqual(paths, [
    "net.ipv4.conf.eth0/100.forwarding",
    "net.ipv4.neigh.eth0/100.proxy_delay",
    "net.ipv6.conf.eth0/100.proxy_ndp",
    "net.ipv6.neigh.eth0/100.proxy_delay",
  ]);
});

test("another number of ports is another set of destinations: elements keep the limit that they were made with", () => {
  const sets = (side: string, nat?: string): readonly string[] => {
    const plan = planOf(side, nat);
    const table = hostTable(plan.public!, plan.domains);
    const names = table.sets.map((s) => s.name).filter((n) => n.startsWith("destinations"));
    for (const name of names) assert.match(formatTable(table), new RegExp(`add @${name} \\{`));
    return names;
  };
  assert.deepEqual(sets(""), ["destinations_64512"]);
  assert.deepEqual(sets(", ports: { first: 1024, last: 1123 }", "{ ports: { first: 2000, last: 2009 } }"), [
    "destinations_100",
    "destinations_100_10",
  ]);
});

test("where the host routes for nobody else, the public side leads to domains only", () => {
  const dropped = (ip4: boolean, ip6: boolean, byInterface6: boolean): readonly string[] => {
    const plan = planOf("", "{}", { ip4, ip6, byInterface6 });
    const forward = hostTable(plan.public!, plan.domains).chains.find((c) => c.name === "forward")!;
    return forward.rules.filter((r) => r.endsWith(' counter name "not_forwarded" drop')).map((r) => r.replace(/ counter.*/, ""));
  };
  const outside = (family: string): string => `iifname "pub0" oifname != "pub0" meta nfproto ${family}`;
  assert.deepEqual(dropped(false, false, true), [outside("ipv4"), outside("ipv6")]);
  assert.deepEqual(dropped(true, false, true), [outside("ipv6")]);
  assert.deepEqual(dropped(false, true, true), [outside("ipv4")]);
  assert.deepEqual(dropped(true, false, false), ["meta nfproto ipv6 iifname . oifname != @within6"]);
  assert.deepEqual(dropped(true, true, false), []);
  assert.deepEqual(hostTable(planOf("").public!, []).chains.find((c) => c.name === "forward")!.rules.length, 2, "where it is not known");
});

test("IPv6 is forwarded by the public interface and the links alone where the kernel can", () => {
  const written = (byInterface6: boolean): readonly string[] =>
    natObjects(planOf("", "{}", { ip4: false, ip6: false, byInterface6 }), 1450).flatMap((o) =>
      o.kind === "sysctl" && o.path.startsWith("net.ipv6") && o.path.endsWith("forwarding") ? [o.path] : [],
    );
  assert.deepEqual(written(true), [
    "net.ipv6.conf.pub0.forwarding",
    "net.ipv6.conf.pub0.force_forwarding",
    "net.ipv6.conf.wx100.force_forwarding",
  ]);
  assert.deepEqual(written(false), ["net.ipv6.conf.all.forwarding"]);
});

test("a domain whose workloads the host sees has a way back of its own, and a host that drops by reverse path says so", () => {
  const wanted = (nat: string): readonly string[] => natObjects(planOf("", nat), 1450).map(keyOf);
  const more = wanted("{ source: workload }").filter((key) => !wanted("{}").includes(key));
  assert.deepEqual(more.toSorted(), [
    "route  240.0.0.100/32 1587",
    "sysctl  net.ipv4.conf.wx100.accept_local",
    "sysctl  net.ipv4.fwmark_reflect",
    "sysctl  net.ipv6.conf.wx100.mtu",
    "sysctl weft-red net.ipv6.conf.ext100.mtu",
  ]);
  const config = agentConfig(
    "public: { interface: pub0 }\ndomains: [{ name: red, nat: { source: workload } }]\nnetworks: [{ name: n, vni: 1, domain: red }]",
  );
  const facts = { local: new Map(), addresses: ["203.0.113.254"] as Ip[], links: new Map([["red", 100]]) };
  assert.deepEqual([...resolveNat(config, facts).problems.keys()], []);
  assert.deepEqual([...resolveNat(config, { ...facts, strictReversePath: true }).problems.keys()], ["domain red"]);
});
