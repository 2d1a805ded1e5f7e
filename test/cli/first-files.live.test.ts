// SPDX-License-Identifier: Apache-2.0
/** The files that people begin with, as they stand, each in a namespace that has its addresses. */
import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { NetworkRow, PeerRow, RouteRow } from "../../src/contract/inspect.ts";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { restartWeft, startWeft, weft, type WeftComponent, weftReady } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { links } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("files");
after(async () => await net.remove());

const file = (name: string): string => path.join(import.meta.dirname, "files", name);
let host: Place;
let reflector: Place;

before(async () => {
  host = await net.host("h1", { ownNamespaces: true });
  reflector = await net.host("rr");
  const ends = [
    [host, "10.0.0.1/24"],
    [reflector, "10.0.0.4/24", "10.99.0.1/32"],
  ] as const;
  await net.segment(ends, { mtu: 1500 });
});

async function start(place: Place, component: WeftComponent, name: string): Promise<void> {
  copyFileSync(file(name), path.join(place.folder, `${component}.yaml`));
  await restartWeft(place, component);
  await weftReady(place, component);
}

async function ask<T>(place: Place, ...argv: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await weft(place, [...argv, "-o", "json"]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as T;
}

async function reflect(more: object = {}): Promise<void> {
  const client = { address: "10.0.0.1", asn: 65000, client: true, ...more };
  const bgp = { asn: 65000, routerId: "10.0.0.4", listen: ["10.0.0.4"], reflector: {}, peers: [client] };
  await startWeft(reflector, "reflector", { config: { bgp } });
  await weftReady(reflector, "reflector");
}

async function sessionAndRoutes(vnis: readonly number[]): Promise<void> {
  await waitFor("the session", async () => (await ask<readonly PeerRow[]>(host, "bgp", "peers"))[0]?.state === "established");
  await waitFor(`routes of type 3 for ${vnis.join(", ")}`, async () => {
    const routes = await ask<readonly RouteRow[]>(reflector, "bgp", "routes", "--type", "3");
    return vnis.every((vni) => routes.some((r) => r.rd === `10.0.0.1:${vni}`));
  });
}

test("agent-adopt.yaml: devices of the administrator are served, over a session with a password", async () => {
  await addVtepDevices(host.namespace, { vni: 100, vtep: "10.0.0.1" });
  await reflect({ password: "s3cret" });
  await start(host, "agent", "agent-adopt.yaml");
  await sessionAndRoutes([100]);
  const [network] = await ask<readonly NetworkRow[]>(host, "evpn", "networks");
  assert.deepEqual([network?.vni, network?.mode, network?.state], [100, "adopt", "ready"]);
  // The kernel gave the device the 1500 octets of what carries it: to be said, but no illness.
  assert.match((await weft(host, ["status"])).stdout, /WEFT_MTU network vx100: vx100 has MTU 1500/);
  assert.equal((await weft(host, ["health"])).status, 0);
  await stopProcess(host, "agent");
  await stopProcess(reflector, "reflector");
  await net.ip(host, ["link del vx100", "link del br100"]);
});

test("agent-own.yaml: everything is made, kept over SIGTERM, and gone after a cleanup", async () => {
  await reflect();
  await net.ip(host, ["link add p-web1 type veth peer name w1", "link set w1 up"]);
  await start(host, "agent", "agent-own.yaml");
  await sessionAndRoutes([100, 101, 102]);
  const ours = await ask<readonly RouteRow[]>(reflector, "bgp", "routes", "--type", "2", "--mac", "02:01:00:00:01:01");
  assert.deepEqual(ours.map((r) => r.route).toSorted(), [
    "[2]:[0]:[48]:[02:01:00:00:01:01]",
    "[2]:[0]:[48]:[02:01:00:00:01:01]:[128]:[fd00:1:1::11]",
    "[2]:[0]:[48]:[02:01:00:00:01:01]:[32]:[10.1.1.11]",
  ]);
  assert.deepEqual(await ask(host, "kernel", "diff"), []);
  await stopProcess(host, "agent");
  assert.deepEqual(await devices(), ["br100", "vx100"]);
  assert.equal((await weft(host, ["agent", "cleanup"])).status, 0);
  assert.deepEqual(await devices(), []);
  await stopProcess(reflector, "reflector");
});

async function devices(): Promise<readonly string[]> {
  return (await links(host))
    .map((l) => l.ifname)
    .filter((n) => /^(br|vx)\d/.test(n))
    .toSorted();
}

test("reflector.yaml, and what a reload says of a file that is bad", async () => {
  await start(reflector, "reflector", "reflector.yaml");
  writeFileSync(path.join(reflector.folder, "reflector.yaml"), "bgp: { asn: 65000, routerID: 10.99.0.1 }\n");
  const { status, stderr } = await weft(reflector, ["reload"]);
  assert.equal(status, 78);
  assert.match(stderr, /reflector\.yaml:1:\d+: bgp\.routerID: unknown key; .*did you mean "routerId"\?/);
  const { stdout } = await weft(reflector, ["bgp", "summary"]);
  assert.match(stdout, /router id 10\.99\.0\.1, reflects as cluster 10\.99\.0\.1/);
});

test("lab.yaml is a valid topology", async () => {
  const { status, stdout } = await tryCommand([path.resolve(import.meta.dirname, "../../bin/weft"), "config", "check", file("lab.yaml")]);
  assert.equal(status, 0, stdout);
});
