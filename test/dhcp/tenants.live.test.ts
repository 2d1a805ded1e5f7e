// SPDX-License-Identifier: Apache-2.0
/** DHCP, router advertisements and DNS at the gateways of two tenants with the same addresses, on two hosts, asked by real clients. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { stringify } from "yaml";
import type { LeaseRow, StatusReply } from "../../src/contract/inspect.ts";
import type { SegmentRow } from "../../src/doctor/mtu/report.ts";
import { isRunning, signal, type ProcessIdentity } from "../../src/base/sys/process-identity.ts";
import { restartWeft, weft, weftReady, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { enter, type Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Capture } from "../harness/capture.ts";
import { Scratch } from "../harness/scratch.ts";
import { agentConfig, dhclient, type Fabric, macOf, resolve, tenants, twoTenants } from "./tenants.ts";

const net = new Scratch("dhcp");
after(async () => await net.remove());

let fabric: Fabric;
let h1: Place;
let h2: Place;
const [shop, bank] = tenants;
/** For what takes a start of a program, on a machine that has much else to do. */
const patient = { within: 60_000 };

async function ok(place: Place, ...argv: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await weft(place, argv);
  assert.equal(status, 0, stderr);
  return stdout;
}

async function statusOf(place: Place): Promise<StatusReply> {
  return JSON.parse(await ok(place, "status", "-o", "json")) as StatusReply;
}

/** Process of the server of a domain, as the agent wrote it down. */
function serverOf(place: Place, domain: string): ProcessIdentity {
  return (JSON.parse(readFileSync(`${weftRunFolder(place)}/dhcp/${domain}/process.json`, "utf8")) as { identity: ProcessIdentity })
    .identity;
}

async function serving(place: Place, domains = 2): Promise<void> {
  await waitFor(
    `${domains} domains to be served`,
    async () => {
      const { dhcp } = await statusOf(place);
      return dhcp?.serving === domains && dhcp.domains === domains;
    },
    patient,
  );
}

before(async () => {
  fabric = await twoTenants(net);
  [h1, h2] = fabric.hosts;
  await Promise.all([serving(h1), serving(h2)]);
});

/** Everything between the hosts, while the tests before the restart go on. */
let wire: Capture;

test("each workload gets what its own tenant says, from its own host, and nothing of it crosses", async () => {
  wire = new Capture(h2, "eth0", "udp port 4789");
  await wire.started();
  const asked = tenants.flatMap((t) => [1, 2].map((host) => ({ t, host })));
  const given = await Promise.all(asked.map(async ({ t, host }) => await dhclient(fabric.workload(t, host), 4)));
  for (const [i, { t, host }] of asked.entries()) {
    const got = given[i];
    assert.ok(got, `${t.name} at h${host}: nobody answered`);
    assert.deepEqual(
      [got["ip_address"], got["subnet_mask"], got["routers"], got["domain_name_servers"], got["dhcp_server_identifier"]],
      [`10.5.1.1${host}`, "255.255.255.0", "10.5.1.1", "10.5.1.1", "10.5.1.1"],
    );
    assert.deepEqual(
      [got["interface_mtu"], got["host_name"], got["domain_name"]],
      ["1450", `${t.name}-w${host}`, `${t.name}net.${t.name}.internal`],
    );
    assert.equal(got["rfc3442_classless_static_routes"], `0 10 5 1 1 16 172 20 10 5 1 25${t.vni - 101}`);
  }
});

test("IPv6: the default router by advertisement, address and resolver by DHCPv6", async () => {
  for (const host of [1, 2]) {
    const place = fabric.workload(shop, host);
    const routes = await waitFor("a default route", async () => {
      const text = await net.run(place, ["ip", "-6", "route", "show", "default"]);
      return text.includes("proto ra") ? text : undefined;
    });
    assert.match(routes, /^default via fe80::5eff:fe00:101 dev eth0 proto ra /m);
    assert.equal((await net.run(place, ["sysctl", "-n", "net.ipv6.conf.eth0.mtu"])).trim(), "1450");
    const got = await dhclient(place, 6);
    assert.deepEqual([got?.["ip6_address"], got?.["dhcp6_name_servers"]], [`fd05:1::1${host}`, "fd05:1::1"]);
    // The M flag: no address of its own making but the link-local one.
    assert.doesNotMatch(await net.run(place, ["ip", "-6", "address", "show", "dev", "eth0", "scope", "global"]), /inet6/);
  }
});

test("the link-local address of the gateway stays on its link", async () => {
  const routes = await ok(h1, "bgp", "routes", "--peer", "local", "--type", "5");
  assert.match(routes, /\[fd05:1::\]/);
  assert.doesNotMatch(routes, /fe80/);
});

test("IPv6 without DHCPv6: the workload makes its address from the prefix", async () => {
  const place = fabric.workload(bank, 1);
  const own = "fd05:1::d:ff:fe00:201/64";
  await waitFor(own, async () => (await net.run(place, ["ip", "-6", "address", "show", "dev", "eth0", "scope", "global"])).includes(own));
});

test("DNS: the names of one's own tenant, forwards and back, and of nobody else", async () => {
  const place = fabric.workload(shop, 1);
  await net.ip(place, ["address add 10.5.1.11/24 dev eth0", "address add fd05:1::11/64 dev eth0 nodad", "route add default via 10.5.1.1"]);
  assert.deepEqual(await resolve(place, "10.5.1.1", "shop-w1.shopnet.shop.internal"), ["10.5.1.11"]);
  assert.deepEqual(await resolve(place, "[fd05:1::1]", "shop-w1.shop.internal", "AAAA"), ["fd05:1::11"]);
  assert.deepEqual(await resolve(place, "10.5.1.1", "far.shop.shop.internal"), ["10.5.1.12"]);
  assert.deepEqual(await resolve(place, "10.5.1.1", "11.1.5.10.in-addr.arpa", "PTR"), ["shop-w1.shopnet.shop.internal"]);
  assert.equal(await resolve(place, "10.5.1.1", "nobody.shop.internal"), "ENOTFOUND");
  assert.equal(await resolve(place, "10.5.1.1", "bank-w1.banknet.bank.internal"), "EREFUSED");
});

test("nothing of it was on the wire, though the networks are joined", async () => {
  await net.ip(fabric.workload(shop, 2), ["address add 10.5.1.12/24 dev eth0"]);
  await waitFor("workloads to reach each other", async () => {
    const { stdout } = await tryCommand(enter(fabric.workload(shop, 1), ["ping", "-c1", "-W1", "-p", "77656674", "10.5.1.12"]));
    return stdout.includes("1 received");
  });
  await wire.has(Buffer.from("77656674", "hex"));
  await wire.stop();
  const crossed = await wire.fields("dhcp || dhcpv6 || icmpv6.type == 133 || icmpv6.type == 134", ["frame.number", "_ws.col.Info"]);
  assert.deepEqual(crossed, []);
  assert.match(await ok(h1, "metrics"), /^weft_dhcp_crossing_frames\{domain="shop"\} [1-9]/m);
});

test("weft doctor mtu asks from the gateway as well, and sees a workload whose interface is too small", async () => {
  const place = fabric.workload(shop, 1);
  const asked = async (): Promise<readonly (string | number | null)[][]> => {
    const { stdout, stderr } = await weft(h1, ["doctor", "mtu", "shopnet/shop-w1", "shopnet/10.5.1.12", "-o", "json"]);
    assert.notEqual(stdout, "", stderr);
    return (JSON.parse(stdout) as readonly SegmentRow[]).map((r) => [r.segment, r.needs, r.carries, r.state]);
  };
  const rest = [["underlay 10.0.0.1 → 10.0.0.2", 1500, 1500, "enough"]];
  const port = ["port p-shop", 1450, 1500, "enough"];
  assert.deepEqual(await asked(), [port, ["inside 10.5.1.1 → 10.5.1.11", 1450, 1450, "enough"], ...rest]);
  // A veth takes frames with a VLAN tag more than its MTU says (__is_skb_forwardable).
  await net.ip(place, ["link set eth0 mtu 1300"]);
  assert.deepEqual(await asked(), [port, ["inside 10.5.1.1 → 10.5.1.11", 1450, 1304, "too small"], ...rest]);
  await net.ip(place, ["link set eth0 mtu 1500"]);
});

test("what is told of it: status, metrics, events", async () => {
  const { dhcp, problems } = await waitFor("the leases to be seen", async () => {
    const status = await statusOf(h1);
    return status.dhcp!.leases >= 3 ? status : undefined;
  });
  assert.deepEqual([dhcp, problems], [{ domains: 2, serving: 2, leases: 3 }, []]);
  assert.match(await ok(h1, "status"), /^ {2}DHCP {6}2 of 2 domains served, 3 leases$/m);
  assert.match(await ok(h1, "metrics"), /^weft_dhcp_leases\{domain="shop",family="ipv6"\} 1$/m);
  const leases = JSON.parse(await ok(h1, "dhcp", "leases", "-o", "json")) as readonly LeaseRow[];
  assert.deepEqual(
    leases.map((l) => [l.domain, l.ip, l.name]),
    [
      ["bank", "10.5.1.11", "bank-w1"],
      ["shop", "10.5.1.11", "shop-w1"],
      ["shop", "fd05:1::11", "shop-w1"],
    ],
  );
  assert.match(await ok(h1, "events", "--event", "dhcp.lease-given"), /10\.5\.1\.11 in domain shop is given to shop-w1/);
  assert.equal(await ok(h1, "kernel", "diff"), "");
});

test("a workload that nobody declared gets nothing, and that is told", async () => {
  const place = fabric.workload(bank, 2);
  await net.ip(place, ["link set eth0 address 02:0d:00:00:99:99"]);
  assert.equal(await dhclient(place, 4, 2), undefined);
  await waitFor("the event", async () => (await ok(h2, "events", "--event", "dhcp.request-refused")).includes("no address"));
  await net.ip(place, [`link set eth0 address ${macOf(bank, 2)}`]);
});

test("the agent is killed and comes back: its servers never stop", async () => {
  const before = tenants.map((t) => serverOf(h1, t.name));
  await stopProcess(h1, "agent", "SIGKILL");
  assert.equal((await dhclient(fabric.workload(bank, 1), 4))?.["ip_address"], "10.5.1.11");
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent", patient);
  await serving(h1);
  assert.deepEqual(
    tenants.map((t) => serverOf(h1, t.name)),
    before,
  );
  assert.ok(before.every(isRunning));
  assert.match(await ok(h1, "events", "--event", "dhcp.server-adopted"), /domain bank/);
});

test("a server that an agent started and could not write down is ended, not left beside another", async () => {
  await stopProcess(h1, "agent", "SIGKILL");
  const lost = serverOf(h1, "shop");
  rmSync(`${weftRunFolder(h1)}/dhcp/shop/process.json`);
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent", patient);
  await waitFor("it to be gone", () => !isRunning(lost), patient);
  await waitFor("another one", () => isRunning(serverOf(h1, "shop")), patient);
  await serving(h1);
});

test("a server that is killed is started again", async () => {
  const killed = serverOf(h1, "shop");
  const other = serverOf(h1, "bank");
  signal(killed, "SIGKILL");
  await waitFor("another one", () => serverOf(h1, "shop").pid !== killed.pid && isRunning(serverOf(h1, "shop")), patient);
  assert.match(await ok(h1, "events", "--event", "dhcp.server-failed"), /domain shop: dnsmasq ended by itself/);
  assert.deepEqual((await dhclient(fabric.workload(shop, 1), 4))?.["ip_address"], "10.5.1.11");
  assert.ok(isRunning(other));
});

test("the table that keeps DHCP within the host is put back when somebody deletes it", async () => {
  const inShop = ["ip", "netns", "exec", "weft-shop", "nft"];
  await net.run(h1, [...inShop, "delete", "table", "bridge", "weft_dhcp"]);
  await waitFor("the table", async () => (await net.run(h1, [...inShop, "list", "tables"])).includes("weft_dhcp"));
});

test("a host that would know the workload does not answer for a host that serves no more", async () => {
  // The other host declares the very port, and has a server that would answer.
  const [one, two] = [agentConfig(1), agentConfig(2)] as { networks: { name: string; dhcp: unknown }[]; ports: object[] }[];
  two!.ports.push({ ...one!.ports[0], name: "twin", interface: "p-never" });
  writeFileSync(`${h2.folder}/agent.yaml`, stringify(two));
  await ok(h2, "reload");
  one!.networks[0]!.dhcp = false;
  writeFileSync(`${h1.folder}/agent.yaml`, stringify(one));
  const ended = serverOf(h1, "shop");
  await ok(h1, "reload");
  await serving(h1, 1);
  await waitFor("the server to be gone", () => !isRunning(ended));
  await waitFor(
    "its table to be gone",
    async () => !(await net.run(h1, ["ip", "netns", "exec", "weft-shop", "nft", "list", "tables"])).includes("weft_dhcp"),
  );
  await serving(h2);
  assert.equal(await dhclient(fabric.workload(shop, 1), 4, 2), undefined);
  assert.match(await ok(h2, "metrics"), /^weft_dhcp_crossing_frames\{domain="shop"\} [1-9]/m);
});

test("a namespace that somebody deletes is let go of, and what is made anew is served at once, with its table", async () => {
  // That a name is gone is seen by the audit.
  writeFileSync(`${h2.folder}/agent.yaml`, stringify({ ...agentConfig(2), audit: { period: 1 } }));
  await ok(h2, "reload");
  await serving(h2);
  const place = (): ProcessIdentity => serverOf(h2, "bank");
  const inode = async (of: string): Promise<string> => (await net.run(h2, ["stat", "-Lc", "%i", of])).trim();
  const named = "/run/netns/weft-bank";
  const [before, had] = [place(), await inode(named)];
  await net.run(h2, ["ip", "netns", "del", "weft-bank"]);
  await waitFor("another server", () => place().pid !== before.pid && isRunning(place()), patient);
  assert.notEqual(await inode(named), had);
  // With its socket the old one would keep its VXLAN devices, whose VNIs no other can have then.
  const inBank = async (...argv: readonly string[]): Promise<string> => await net.run(h2, ["ip", "netns", "exec", "weft-bank", ...argv]);
  await waitFor("both devices", async () => /vx102[^]*vx5102|vx5102[^]*vx102/.test(await inBank("ip", "link", "show")), patient);
  assert.equal(await inode(`/proc/${place().pid}/ns/net`), await inode(named));
  assert.match(await inBank("nft", "list", "tables"), /bridge weft_dhcp/);
  await serving(h2);
});

test("without dnsmasq that is a problem of its domain, and nothing else stops", async () => {
  await stopProcess(h1, "agent", "SIGTERM");
  const bankServer = serverOf(h1, "bank");
  assert.ok(isRunning(bankServer));
  signal(bankServer, "SIGKILL");
  await restartWeft(h1, "agent", { WEFT_DNSMASQ: "/nowhere/dnsmasq" });
  await weftReady(h1, "agent", patient);
  const { problems } = await waitFor("the problem", async () => {
    const status = await statusOf(h1);
    return status.problems.length > 0 ? status : undefined;
  });
  assert.deepEqual(
    problems.map((p) => [p.code, p.object, p.message]),
    [["WEFT_DHCP_DOWN", "domain bank", "dnsmasq is not installed: apt install dnsmasq-base"]],
  );
  assert.equal(await ok(h1, "kernel", "diff"), "");
});

test("cleanup ends the servers with all else", async () => {
  const left = tenants.map((t) => serverOf(h2, t.name));
  await stopProcess(h2, "agent", "SIGTERM");
  // As if the agent had been killed before it wrote down what it started.
  rmSync(`${weftRunFolder(h2)}/dhcp/bank/process.json`);
  assert.ok(left.every(isRunning));
  assert.match(await ok(h2, "agent", "cleanup"), /^removed DHCP and DNS server of domain shop$/m);
  assert.ok(!left.some(isRunning));
});
