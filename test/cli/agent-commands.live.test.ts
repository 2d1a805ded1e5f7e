// SPDX-License-Identifier: Apache-2.0
/** Every command that asks a daemon, against an agent and a reflector that run; and what a bad configuration does to them. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import type { EventRow, MacRow, NetworkRow, PeerRow, RouteRow, StatusReply } from "../../src/contract/inspect.ts";
import { startWeft, weft, weftReady } from "../../src/lab/peer/weft.ts";
import type { CommandResult } from "../../src/lab/system/command.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("clicmd");
after(async () => await net.remove());

const mac = "02:01:00:00:01:01";
let h1: Place;
let rr: Place;

const agentText = `host: h1
bgp:
  asn: 65000
  routerId: 10.0.0.1
  peers: [{ address: 10.0.0.4, asn: 65000 }]
vtep: { address: 10.0.0.1 }
networks:
  - { name: blue, vni: 100 }
  - { name: red, vni: 200 }
ports:
  - { name: w1, network: blue, interface: p-w1, mac: "${mac}", ips: [192.168.1.1] }
`;

function reconfigure(text: string): void {
  writeFileSync(`${h1.folder}/agent.yaml`, text);
}

async function ok(place: Place, ...argv: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await weft(place, argv);
  assert.equal(status, 0, `weft ${argv.join(" ")}: ${stderr}`);
  return stdout;
}

async function rows<T>(place: Place, ...argv: readonly string[]): Promise<readonly T[]> {
  return JSON.parse(await ok(place, ...argv, "-o", "json")) as readonly T[];
}

before(async () => {
  h1 = await net.host("h1", { ownNamespaces: true });
  rr = await net.host("rr");
  const w1 = await net.host("w1");
  await net.segment([
    [h1, "10.0.0.1/24"],
    [rr, "10.0.0.4/24"],
  ]);
  const range = { range: "10.0.0.0/24", asn: 65000, client: true };
  await startWeft(rr, "reflector", {
    config: { bgp: { asn: 65000, routerId: "10.0.0.4", listen: ["10.0.0.4"], reflector: {}, dynamicPeers: [range] } },
  });
  await weftReady(rr, "reflector");
  await startWeft(h1, "agent", { config: parse(agentText) as object });
  await weftReady(h1, "agent");
  await net.ip(w1, [
    `link add eth0 address ${mac} type veth peer name p-w1`,
    // No link-local address: what the agent knows of the workload is what the file says.
    "link set eth0 addrgenmode none",
    "link set eth0 up",
    `link set p-w1 netns ${h1.namespace}`,
  ]);
  await waitFor("the reflector has the workload's routes", async () => (await rows(rr, "bgp", "routes", "--type", "2")).length === 2);
});

test("status and health of an agent that is well", async () => {
  assert.match(await ok(h1, "status"), /^agent h1 {2}ready$/m);
  const status = JSON.parse(await ok(h1, "status", "-o", "json")) as StatusReply;
  assert.deepEqual([status.peers, status.networks, status.problems], [{ configured: 1, established: 1 }, { total: 2, failing: 0 }, []]);
  assert.equal(await ok(h1, "health"), "ok\n");
  assert.equal(await ok(h1, "kernel", "diff"), "");
  assert.match(await ok(h1, "metrics"), /^weft_bgp_peer_established\{peer="10\.0\.0\.4"\} 1$/m);
});

test("tables of EVPN with their filters", async () => {
  assert.deepEqual(
    (await rows<NetworkRow>(h1, "evpn", "networks")).map((n) => [n.network, n.vni, n.state, n.localMacs]),
    [
      ["blue", 100, "ready", 1],
      ["red", 200, "ready", 0],
    ],
  );
  const [only, ...more] = await rows<MacRow>(h1, "evpn", "macs", "--network", "blue", "--mac", mac.toUpperCase());
  assert.deepEqual([only?.where, only?.at, only?.origin, only?.ips, more], ["local", "p-w1", "declared", ["192.168.1.1"], []]);
  assert.deepEqual(await rows(h1, "evpn", "macs", "--vni", "200"), []);
  const port = { port: "w1", network: "blue", vni: 100, interface: "p-w1", mac, ips: ["192.168.1.1"], state: "attached" };
  assert.deepEqual(await rows(h1, "evpn", "ports"), [port]);
  assert.match(await ok(h1, "evpn", "neighbours", "--ip", "192.168.1.1"), new RegExp(`blue +100 +192\\.168\\.1\\.1 +${mac} +local +p-w1`));
  const unknown = await weft(h1, ["evpn", "macs", "--network", "green"]);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /^weft: WEFT_NOT_FOUND: no network is named "green"/);
});

test("routes: what the agent announces is what the reflector has", async () => {
  const announced = await rows<RouteRow>(h1, "bgp", "routes", "--peer", "local");
  const reflected = await rows<RouteRow>(rr, "bgp", "routes", "--peer", "10.0.0.1");
  assert.deepEqual(reflected.map((r) => r.route).toSorted(), announced.map((r) => r.route).toSorted());
  assert.deepEqual(
    (await rows<RouteRow>(h1, "bgp", "routes", "--network", "blue", "--type", "multicast")).map((r) => [r.labels, r.nextHop]),
    [[[100], "10.0.0.1"]],
  );
  assert.equal((await rows(rr, "bgp", "routes", "--ip", "192.168.1.1")).length, 1);
  assert.equal((await rows(rr, "bgp", "routes", "--limit", "1")).length, 1);
});

test("a session is shut down, shown so, and enabled again", async () => {
  const peer = async (): Promise<PeerRow> => (await rows<PeerRow>(h1, "bgp", "peers"))[0]!;
  assert.equal(await ok(h1, "bgp", "shutdown", "10.0.0.4", "--message", "back soon"), "10.0.0.4: shut down\n");
  assert.match((await peer()).lastError!, /back soon/);
  assert.notEqual((await peer()).state, "established");
  assert.equal(await ok(h1, "bgp", "enable", "all"), "10.0.0.4: enabled\n");
  await waitFor("the session is back", async () => (await peer()).state === "established");
  assert.equal(await ok(h1, "bgp", "refresh", "10.0.0.4"), "10.0.0.4: asked for its routes\n");
  assert.equal((await weft(h1, ["bgp", "refresh", "10.0.0.9"])).status, 1);
});

test("what a reflector does not have it says so", async () => {
  const { status, stderr } = await weft(rr, ["evpn", "macs"]);
  assert.equal(status, 1);
  assert.equal(stderr, "weft: WEFT_NOT_FOUND: a reflector has no networks; ask an agent, by its --run-dir\n");
});

const bad: readonly (readonly [what: string, text: string, fault: RegExp])[] = [
  ["an unknown key", `${agentText}netwroks: []\n`, /agent\.yaml:12:1: netwroks: unknown key; allowed here: .*; did you mean "networks"\?/],
  [
    "a bad address",
    agentText.replace("10.0.0.4, ", "10.0.0.400, "),
    /agent\.yaml:5:22: bgp\.peers\[0\]\.address: "10\.0\.0\.400" is not an IP address; allowed: /,
  ],
  [
    "a VNI twice",
    agentText.replace("vni: 200", "vni: 100"),
    /agent\.yaml:9:23: networks\[1\]\.vni: VNI 100 is already at networks\[0\]\.vni/,
  ],
  [
    "a wrong type",
    agentText.replace("vni: 200", "vni: many"),
    /agent\.yaml:9:23: networks\[1\]\.vni: is the text "many"; allowed: a whole number/,
  ],
  [
    "a device that is not there",
    agentText.replace("vtep: { ", "vtep: { device: eth9, "),
    /agent\.yaml:\d+:\d+: vtep\.device: this host has no interface "eth9"; there are: .*eth0.*; did you mean "eth0"\?/,
  ],
  ["no YAML at all", "{", /agent\.yaml:1:2: not valid YAML: /],
];
for (const [what, text, fault] of bad) {
  test(`${what}: reload says where, with status 78, and the agent keeps what it has`, async () => {
    reconfigure(text);
    const check: CommandResult = await weft(h1, ["reload"]);
    assert.equal(check.status, 78);
    assert.match(check.stderr, fault);
    assert.equal((await rows<NetworkRow>(h1, "evpn", "networks")).length, 2);
    assert.equal((await rows<PeerRow>(h1, "bgp", "peers"))[0]!.state, "established");
    assert.equal(await ok(h1, "kernel", "diff"), "");
  });
}

test("a good file is applied by its differences", async () => {
  reconfigure(agentText.replace("  - { name: red, vni: 200 }\n", "  - { name: green, vni: 300 }\n"));
  assert.notEqual(await ok(h1, "reload"), "nothing differs\n");
  await waitFor(
    "green instead of red",
    async () => (await rows<NetworkRow>(h1, "evpn", "networks")).map((n) => n.network).join() === "blue,green",
  );
  assert.equal(await ok(h1, "reload"), "nothing differs\n");
  const events = (await ok(h1, "events", "--event", "config", "-o", "json"))
    .trimEnd()
    .split("\n")
    .map((l) => JSON.parse(l) as EventRow);
  assert.equal(events.filter((e) => e.event === "config.refused").length, bad.length);
});

test("a port that is missing is a problem that clears itself", async () => {
  const port = `  - { name: w2, network: blue, interface: p-none, mac: "02:01:00:00:01:02" }\n`;
  reconfigure(agentText + port);
  await ok(h1, "reload");
  await waitFor("the problem", async () => (await ok(h1, "status")).includes("WEFT_PORT_WAITING"));
  reconfigure(agentText);
  await ok(h1, "reload");
  await waitFor("no problem", async () => (await ok(h1, "status")).includes("problems  none"));
});

test("a daemon does not start with a bad file, nor a second one in the same directory", async () => {
  const second = await weft(h1, ["agent", "--config", `${h1.folder}/agent.yaml`]);
  assert.equal(second.status, 69);
  assert.match(second.stderr, /^weft: WEFT_ALREADY_RUNNING: .* \(pid \d+\)/);
  assert.equal((await weft(h1, ["agent", "cleanup"])).status, 69);
  await stopProcess(h1, "agent", "SIGTERM");
  reconfigure(bad[0]![1]);
  const bare = await weft(h1, ["agent", "--config", `${h1.folder}/agent.yaml`]);
  assert.equal(bare.status, 78);
  assert.match(bare.stderr, bad[0]![2]);
});

test("cleanup takes away what is ours, once", async () => {
  assert.match(await ok(h1, "agent", "cleanup"), /^removed /m);
  assert.equal(await ok(h1, "agent", "cleanup"), "nothing of ours is here\n");
  assert.equal((await weft(h1, ["status"])).status, 69);
});
