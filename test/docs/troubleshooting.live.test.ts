// SPDX-License-Identifier: Apache-2.0
/** docs/operate/troubleshooting.md: symptoms are provoked, and what users then see is what the page says. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { vtyshConfigure } from "../../src/lab/peer/frr.ts";
import { restartWeft, weftReady } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";
import { done, typed } from "./machine.ts";
import { page } from "./page.ts";
import { pings, twoHosts } from "./two-hosts.ts";

const net = new Scratch("doctrbl");
after(async () => await net.remove());

const text = page("docs/operate/troubleshooting.md");
let h1: Place;
let h2: Place;
let rr: Place;
let adopter: Place;
let good: string;

before(async () => {
  ({ h1, h2, rr } = await twoHosts(net, { devices: "own" }));
  await pings(h1);
  // Attempts follow each other quickly, so that what is said about them is soon said.
  for (const host of [h1, h2]) {
    const file = `${host.folder}/agent.yaml`;
    writeFileSync(file, readFileSync(file, "utf8").replace(/^bgp:\n/m, "bgp:\n  timers: { connectRetry: 1 }\n"));
    await done(host, "weft reload");
  }
  good = readFileSync(`${h1.folder}/agent.yaml`, "utf8");
  adopter = (await twoHosts(net, { devices: "adopt", prefix: "a" })).h1;
});

/** A text of the page that users see as well. */
function quoted(words: string): string {
  assert.ok(text.includes(words), `the page does not say: ${words}`);
  return words;
}

async function reconfigure(find: string, write: string): Promise<void> {
  assert.ok(find === "" || good.includes(find));
  writeFileSync(`${h1.folder}/agent.yaml`, good.replace(find, write));
  await done(h1, "weft reload");
}

async function shows(place: Place, command: string, ...words: readonly string[]): Promise<void> {
  await waitFor(
    `${command} to say ${words.join(", ")}`,
    async () => {
      const { stdout, stderr } = await typed(place, command);
      const absent = words.filter((w) => !`${stdout}${stderr}`.includes(w));
      if (absent.length > 0) throw new Error(`no ${absent.join(", no ")} in:\n${stdout}${stderr}`);
      return true;
    },
    { within: 45_000, every: 200 },
  );
}

test("a fault of the file, at a start and at a reload", async () => {
  writeFileSync(`${h1.folder}/bad.yaml`, good.replace("ports:", "port:"));
  for (const command of ["weft agent -c /etc/weft/bad.yaml --run-dir /run/weft-test/nowhere", "weft config check /etc/weft/bad.yaml"]) {
    const { status, stdout, stderr } = await typed(h1, command);
    assert.equal(status, 78, command);
    assert.match(`${stdout}${stderr}`, /bad\.yaml:\d+:1: port: unknown key; allowed here: .*; did you mean "ports"\?/);
  }
  quoted('unknown key; allowed here: …; did you mean "ports"?');
  writeFileSync(`${h1.folder}/agent.yaml`, good.replace("ports:", "port:"));
  assert.equal((await typed(h1, "weft reload")).status, 78);
  await reconfigure("", "");
});

test("what cannot start or be asked says why, and with which exit status", async () => {
  const second = await typed(h1, "weft agent -c /etc/weft/agent.yaml");
  assert.equal(second.status, 69);
  assert.ok(second.stderr.includes(quoted("WEFT_ALREADY_RUNNING")) && second.stderr.includes(quoted("belongs to a running process")));
  const asked = await typed(h1, "weft status --run-dir /run/weft-test/nowhere");
  assert.equal(asked.status, 69);
  assert.ok(asked.stderr.includes(quoted("WEFT_NOT_RUNNING: nothing answers at")));
  const weak = await typed(
    h1,
    "setpriv --bounding-set=-all --inh-caps=-all weft agent -c /etc/weft/agent.yaml --run-dir /run/weft-test/weak",
  );
  assert.equal(weak.status, 77, weak.stderr);
  assert.ok(weak.stderr.includes(quoted("the agent needs CAP_NET_ADMIN and CAP_SYS_ADMIN")));
});

const sessions: readonly (readonly [what: string, find: string, write: string, lastError: string])[] = [
  ["nobody listens", "address: 10.0.0.4,", "address: 10.0.0.4, port: 180,", "cannot connect: connection refused"],
  ["no route", "address: 10.0.0.4,", "address: 203.0.113.9,", "cannot connect: no route to the peer's network"],
  ["nobody there", "address: 10.0.0.4,", "address: 10.0.0.9,", "cannot connect: no route to the peer, or it does not answer"],
  ["wrong AS", "asn: 65000 }", "asn: 65001 }", "we sent OPEN Message Error/Bad Peer AS (it is in AS 65000, wanted is 65001)"],
];
for (const [what, find, write, lastError] of sessions) {
  test(`session: ${what}`, async () => {
    await reconfigure(find, write);
    await shows(h1, "weft bgp peers", quoted(lastError));
    await shows(h1, "weft status", quoted("WEFT_BGP_PEER_DOWN"), lastError);
  });
}

test("session: refused by the peer", async () => {
  await reconfigure("", "");
  await shows(h1, "weft bgp peers", "established");
  await vtyshConfigure(rr, ["router bgp 65000", "neighbor HOSTS remote-as 65009"]);
  await done(h1, "weft bgp shutdown all; weft bgp enable all");
  await shows(h1, "weft bgp peers", quoted("peer sent OPEN Message Error/Bad Peer AS"));
  await vtyshConfigure(rr, ["router bgp 65000", "neighbor HOSTS remote-as 65000"]);
  await shows(h1, "weft bgp peers", "established");
});

test("session: the peer does not know our address, or has our router id", async () => {
  const range = "bgp listen range 10.0.0.0/24 peer-group HOSTS";
  await vtyshConfigure(rr, ["router bgp 65000", `no ${range}`]);
  await done(h1, "weft bgp shutdown all; weft bgp enable all");
  await shows(h1, "weft bgp peers", quoted("connection lost: reset by the peer"));
  await vtyshConfigure(rr, ["router bgp 65000", range, "bgp router-id 10.0.0.1"]);
  await shows(h1, "weft bgp peers", quoted("OPEN Message Error/Bad BGP Identifier"));
  await vtyshConfigure(rr, ["router bgp 65000", "bgp router-id 10.0.0.4"]);
  await shows(h1, "weft bgp peers", "established");
});

test("a reflector that does not reflect", async () => {
  // FRR forgot that they are clients when they were, for a moment, of another AS.
  const { stdout } = await typed(h1, "weft bgp peers -o json");
  assert.match(stdout, /"received": ?0\b/);
  quoted("`route-reflector-client` is missing");
  const clients = ["router bgp 65000", "address-family l2vpn evpn", "neighbor HOSTS route-reflector-client"];
  await vtyshConfigure(rr, clients);
  await shows(h1, "weft evpn vteps", "10.0.0.2");
});

test("session: passwords that differ or are on one side only", async () => {
  const counter = async (place: Place, name: string): Promise<number> =>
    Number(/\s(\d+)\s/.exec((await done(place, `nstat -az TcpExtTCPMD5${name} | grep MD5`)).trimEnd())?.[1]);
  await reconfigure("asn: 65000 }", "asn: 65000, password: wrong }");
  await waitFor("the side without one counts", async () => (await counter(rr, "Unexpected")) > 0, { within: 30_000 });
  await vtyshConfigure(rr, ["router bgp 65000", "neighbor HOSTS password s3cret"]);
  await waitFor("both count other keys", async () => (await counter(rr, "Failure")) > 0, { within: 30_000 });
  await shows(
    h1,
    "weft bgp peers",
    quoted("cannot connect: no answer from the peer (wrong address, a firewall, or a wrong MD5 password or TTL at either end)"),
  );
  await waitFor("the side with one counts", async () => (await counter(rr, "NotFound")) > 0, { within: 30_000 });
  for (const name of ["Failure", "NotFound", "Unexpected"]) quoted(`TcpExtTCPMD5${name}`);
  // FRR goes on asking for a key after `no neighbor HOSTS password`, so that it is given to both from here on.
  good = good.replace("asn: 65000 }", "asn: 65000, password: s3cret }");
  await reconfigure("", "");
  const file = `${h2.folder}/agent.yaml`;
  writeFileSync(file, readFileSync(file, "utf8").replace("asn: 65000 }", "asn: 65000, password: s3cret }"));
  await done(h2, "weft reload");
  for (const host of [h1, h2]) await shows(host, "weft bgp peers", "established");
});

test("route targets that differ", async () => {
  await reconfigure("vni: 100 }", "vni: 100, importTargets: [65000:999] }");
  await shows(h1, "weft evpn vteps", quoted("no remote VTEPs"));
  await shows(h1, "weft bgp routes", "10.0.0.2:100", "65000:100");
  await shows(h1, "weft evpn networks", "65000:999");
  await reconfigure("vni: 100 }", 'vni: 100, importTargets: ["*:100"] }');
  await shows(h1, "weft evpn vteps", "10.0.0.2");
  await reconfigure("", "");
});

test("a MAC at two places comes into quarantine, and is let out", async () => {
  await done(h2, "ip netns exec w1 ip link set eth0 address 02:00:00:00:01:01");
  await waitFor(
    "quarantine",
    async () => {
      for (const host of [h1, h2]) await typed(host, "ip netns exec w1 ping -c 1 -W 0.3 192.168.1.99");
      const status = await done(h1, "weft status; weft evpn duplicates");
      return status.includes("WEFT_DUPLICATE_MAC") || (await done(h2, "weft status")).includes("WEFT_DUPLICATE_MAC");
    },
    { within: 60_000 },
  );
  quoted("WEFT_DUPLICATE_MAC");
  quoted("weft evpn duplicates clear MAC");
  const holder = (await done(h1, "weft status")).includes("WEFT_DUPLICATE_MAC") ? h1 : h2;
  await done(h2, "ip netns exec w1 ip link set eth0 address 02:00:00:00:01:02");
  await shows(holder, "weft events --event evpn", "evpn.duplicate-detected", quoted("evpn.mac-moved"));
  await done(holder, "weft evpn duplicates clear 02:00:00:00:01:01");
  assert.equal(await done(holder, "weft evpn duplicates -o json"), "[]\n");
});

test("a declared port without its interface", async () => {
  await reconfigure("interface: p-w1", "interface: p-w9");
  await shows(h1, "weft status", "WEFT_PORT_WAITING", "interface p-w9 has not appeared");
  quoted("WEFT_PORT_WAITING … interface p-w1 has not appeared");
  await reconfigure("", "");
});

test("the VTEP's address goes and comes back", async () => {
  await done(h1, "ip addr del 10.0.0.1/24 dev eth0");
  await shows(h1, "weft status", "WEFT_VTEP_ADDRESS_MISSING", "the address is on no interface of this host");
  quoted("WEFT_VTEP_ADDRESS_MISSING … the address is on no interface of this host");
  await done(h1, "ip addr add 10.0.0.1/24 dev eth0");
  await shows(h1, "weft bgp peers", "established");
});

test("adopted devices that learn, are too large, or are of a kind that is not served", async () => {
  await shows(adopter, "weft status", "problems  none");
  await done(adopter, "bridge link set dev vx100 learning on");
  await shows(
    adopter,
    "weft status",
    "WEFT_VXLAN_LEARNING",
    "learns from packets, which fights with BGP",
    quoted("bridge link set dev vx100 learning off"),
  );
  quoted("WEFT_VXLAN_LEARNING … learns from packets, which fights with BGP");
  await done(adopter, "bridge link set dev vx100 learning off; ip link set vx100 mtu 1500");
  await shows(adopter, "weft status", quoted("WEFT_MTU"), "vx100 has MTU 1500, but eth0 carries 1500, which leaves 1450 for the overlay");
  await done(adopter, "ip link set vx100 mtu 1450; ip link add brx type bridge; ip link add vxx type vxlan external dstport 4790");
  await done(adopter, "ip link set vxx master brx up; ip link set brx up");
  await shows(adopter, "weft status", quoted("WEFT_NETWORK_REFUSED"), "external");
  await shows(adopter, "weft evpn networks", "vxx", "external");
  await done(adopter, "ip link del vxx; ip link del brx");
  await shows(adopter, "weft status", "problems  none");
});

test("an agent that is stopped leaves forwarding as it is; cleanup takes it away", async () => {
  await stopProcess(h1, "agent", "SIGTERM");
  assert.match(await done(h1, "bridge fdb show dev vx100"), /^02:00:00:00:01:02 dst 10\.0\.0\.2 self extern_learn/m);
  quoted("weft agent cleanup");
  assert.match(await done(h1, "weft agent cleanup"), /removed device vx100/);
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  await shows(h1, "weft evpn vteps", "10.0.0.2");
});
