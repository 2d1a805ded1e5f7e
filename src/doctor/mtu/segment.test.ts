// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkRow } from "../../contract/inspect.ts";
import { DoctorError } from "../errors.ts";
import { device, namespace, vxlan } from "../testing/host-facts.ts";
import { planSegments, type Segment } from "./segment.ts";
import { type Known, resolveTarget } from "./target.ts";

function network(name: string, more: Partial<NetworkRow>): NetworkRow {
  const rest = {
    vni: 100,
    domain: null,
    namespace: null,
    bridge: "br100",
    vxlan: "vx100",
    mtu: 1450,
    rd: "",
    importTargets: [],
    gateways: [],
    exportTargets: [],
    unknownNeighbours: "flood" as const,
    droppedArp: 0,
    droppedNd: 0,
  };
  return { network: name, ...rest, mode: "own", localMacs: 0, remoteMacs: 0, vteps: 0, state: "ready", reason: null, ...more };
}

const blue = network("blue", {});
const red = network("red", { namespace: "weft-shop", bridge: "br200", vxlan: "vx200", mtu: 1400 });
const [macA, macB] = ["02:00:00:00:00:0a", "02:00:00:00:00:0b"];
const mac = { vni: 100, sequence: 0, sticky: false, origin: "learned", quarantined: false } as const;
const known: Known = {
  networks: [blue, red],
  neighbours: [
    { network: "blue", vni: 100, ip: "10.1.1.11", mac: macA, where: "local", at: "p-w1", origin: "learned" },
    { network: "blue", vni: 100, ip: "10.1.1.12", mac: macB, where: "remote", at: "10.0.0.2", origin: "bgp" },
    { network: "red", vni: 200, ip: "10.1.1.12", mac: macB, where: "remote", at: "10.0.0.3", origin: "bgp" },
  ],
  macs: [
    { ...mac, network: "blue", mac: macA, where: "local", at: "p-w1", ips: ["10.1.1.11"] },
    { ...mac, network: "blue", mac: macB, where: "remote", at: "10.0.0.2", ips: [] },
  ],
  ports: [{ port: "db", network: "red", vni: 200, interface: "p-db", mac: macA, ips: ["10.1.2.5"], state: "attached" }],
};
const around = {
  host: namespace([
    device("lo", "", { at: ["10.0.0.1/32"] }),
    device("br100", "bridge"),
    vxlan("vx100", "br100"),
    device("p-w1", "veth", { master: "br100", mtu: 1500 }),
  ]),
  domains: [
    namespace(
      [device("br200", "bridge", { at: ["fe80::1/64", "10.1.2.1/24"] }), vxlan("vx200", "br200"), device("p-db", "veth", { mtu: 1300 })],
      {},
      { name: "weft-shop" },
    ),
  ],
  size: undefined,
};

function plan(a: string, b: string, size?: number): readonly string[] {
  return planSegments(resolveTarget(a, known), resolveTarget(b, known), { ...around, size }).map((s: Segment) =>
    s.kind === "port" ? `port ${s.device.name} ${s.needs}` : `${s.kind} ${s.from} ${s.to} ${s.needs}`,
  );
}

test("names: a port, an interface, a MAC, an address, a network before it, a host", () => {
  const at = (text: string): string => {
    const t = resolveTarget(text, known);
    return t.kind === "host" ? `host ${t.ip}` : `${t.network.network} ${t.where} ${t.at} ${t.ip}`;
  };
  assert.deepEqual(["db", "p-db", "red/10.1.2.5", "p-w1", macA, "10.1.1.11", "blue/10.1.1.12", "red/10.1.1.12", macB, "10.0.0.2"].map(at), [
    "red local p-db 10.1.2.5",
    "red local p-db 10.1.2.5",
    "red local p-db 10.1.2.5",
    "blue local p-w1 10.1.1.11",
    "blue local p-w1 10.1.1.11",
    "blue local p-w1 10.1.1.11",
    "blue remote 10.0.0.2 10.1.1.12",
    "red remote 10.0.0.3 10.1.1.12",
    "blue remote 10.0.0.2 undefined",
    "host 10.0.0.2",
  ]);
  const refused = (text: string, why: RegExp): void =>
    assert.throws(
      () => resolveTarget(text, known),
      (e) => e instanceof DoctorError && e.code === "WEFT_DOCTOR_TARGET" && why.test(e.message),
    );
  refused("10.1.1.12", /say blue\/10\.1\.1\.12 or red\/10\.1\.1\.12/);
  refused("green/10.1.1.12", /no network is named "green"/);
  refused("blue/10.9.9.9", /knows no such workload/);
  refused("nobody", /knows no such workload/);
});

test("the way from here to there, whichever is named first: the port, and the underlay with 50 octets more", () => {
  const way = ["port p-w1 1450", "underlay 10.0.0.1 10.0.0.2 1500"];
  assert.deepEqual(plan("10.1.1.11", "blue/10.1.1.12"), way);
  assert.deepEqual(plan("blue/10.1.1.12", "10.1.1.11"), way);
  assert.deepEqual(plan("p-w1", "10.0.0.2", 1000), ["port p-w1 1000", "underlay 10.0.0.1 10.0.0.2 1050"]);
  assert.deepEqual(plan("10.0.0.1", "10.0.0.2"), ["underlay 10.0.0.1 10.0.0.2 1500"]);
});

test("within a domain the gateway asks; between two of this host nothing else is asked", () => {
  assert.deepEqual(plan("db", "red/10.1.1.12"), ["port p-db 1400", "inside 10.1.2.1 10.1.2.5 1400", "underlay 10.0.0.1 10.0.0.3 1450"]);
  assert.deepEqual(plan("db", "p-w1"), ["port p-db 1400", "inside 10.1.2.1 10.1.2.5 1400", "port p-w1 1400"]);
});

test("neither end here", () => {
  assert.throws(() => plan("blue/10.1.1.12", "10.0.0.3"), /neither end is at this host/);
});
