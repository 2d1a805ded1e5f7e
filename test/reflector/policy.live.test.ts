// SPDX-License-Identifier: Apache-2.0
/** Admission rules, policies and limits of a reflector with an agent, an FRR VTEP and a peer that lies; changed while sessions stay. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { parse, stringify } from "yaml";
import type { Ip } from "../../src/base/net/ip.ts";
import { ipToBytes } from "../../src/base/net/ip.ts";
import { macToBytes } from "../../src/base/net/mac.ts";
import { reachBody } from "../../src/bgp/rib/testing/path-spec.ts";
import { plainPath } from "../../src/bgp/rib/testing/rib-rig.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import type { PeerRow, RouteRow, RoutesReply } from "../../src/contract/inspect.ts";
import { labDown } from "../../src/lab/down.ts";
import { findMember, findPlace, findWorkload } from "../../src/lab/find.ts";
import { ping, reaches } from "../../src/lab/measure/ping.ts";
import { placeOf } from "../../src/lab/member/place-of.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { reloadWeft, weft, weftProgram, weftRunFolder } from "../../src/lab/peer/weft.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { labReady } from "../../src/lab/status.ts";
import { command, tryCommand } from "../../src/lab/system/command.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { fdb } from "../harness/kernel-tables.ts";
import { RawPeer, rawMessage } from "../harness/raw-peer.ts";

const lab = "lp-policy";
const liarAddress = "10.99.7.7" as Ip;
const patient = { within: 30_000 };
let plan: LabPlan;
let rr: Place;
let liar: RawPeer;

before(async () => {
  plan = await labUp(
    parseLabTopology(
      `
name: ${lab}
underlay: { spines: 1, routing: static }
reflectors: [rr1]
nodes: { h1: { kind: weft }, h2: { kind: weft }, f1: { kind: frr } }
networks: { blue: { vni: 100 } }
workloads:
  b1: { node: h1, network: blue, ip: 192.168.1.11/24 }
  b2: { node: h2, network: blue, ip: 192.168.1.12/24 }
  b3: { node: f1, network: blue, ip: 192.168.1.13/24 }
`,
      "policy",
    ),
  );
  await labReady(plan);
  rr = placeOf(findMember(plan, "rr1"));
  // A peer of its own in the reflector's namespace: it needs no data plane.
  await command(["ip", "-n", rr.namespace, "address", "add", `${liarAddress}/32`, "dev", "lo"]);
});
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

interface RangeKeys {
  readonly [key: string]: unknown;
}

/** Gives the range of clients more keys, and `bgp` policies, and has the reflector read its file again. */
async function reload(range: RangeKeys, policies: object = {}): Promise<void> {
  const file = `${rr.folder}/reflector.yaml`;
  const config = parse(readFileSync(file, "utf8")) as { bgp: { dynamicPeers: RangeKeys[]; policies?: object } };
  const { asn, client, families, range: prefix } = config.bgp.dynamicPeers[0]!;
  config.bgp.dynamicPeers = [{ range: prefix, asn, client, families, ...range }];
  config.bgp.policies = policies;
  writeFileSync(file, stringify(config));
  await reloadWeft(rr);
}

async function peer(address: string): Promise<PeerRow> {
  return (await inspect<readonly PeerRow[]>(weftRunFolder(rr), "/v1/bgp/peers")).find((p) => p.peer === address)!;
}

async function routes(query = ""): Promise<readonly RouteRow[]> {
  return (await inspect<RoutesReply>(weftRunFolder(rr), `/v1/bgp/routes?limit=10000${query}`)).rows;
}

const loopback = (node: string): Ip => findMember(plan, node).loopback;
const refused = async (address: string): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries((await peer(address)).refused.map((r) => [`${r.policy}/${r.rule}`, r.routes]));

/** An UPDATE with the MAC of a workload, under the RD and next hop of whoever. */
function claim(workload: string, rdOf: Ip, nextHop: Ip, index = 100): Uint8Array {
  const mac = [...macToBytes(findWorkload(plan, workload).mac)];
  const nlri = [2, 33, 0, 1, ...ipToBytes(rdOf), 0, index, ...Array<number>(14).fill(0), 48, ...mac, 0, 0, 0, 100];
  return rawMessage(messageType.update, reachBody({ ...plainPath, target: 100, nextHop: [...ipToBytes(nextHop)] }, [nlri], 4, true, true));
}

test("a host announces its own next hops and RDs; a lie is dropped, named and counted, and harms nobody", async () => {
  const honest = (await routes()).length;
  await reload({ admission: { nextHops: "own", rds: "own" } });
  liar = await RawPeer.established(rr, { from: liarAddress, to: loopback("rr1") });
  liar.send(claim("b1", liarAddress, liarAddress));
  await waitFor("what is the liar's own", async () => (await routes(`&peer=${liarAddress}`)).length === 1, patient);
  liar.send(
    claim("b1", loopback("h1"), liarAddress),
    claim("b2", liarAddress, loopback("h2"), 101),
    claim("b1", liarAddress, loopback("h1")),
  );
  await waitFor(
    "the lies to be counted",
    async () => {
      const by = await refused(liarAddress);
      return by["admission/rd"] === 1 && by["admission/next-hop"] === 2;
    },
    patient,
  );
  // The third was about the route that it had: a lie does not leave the old word standing.
  assert.deepEqual(await routes(`&peer=${liarAddress}`), []);
  assert.equal((await routes()).length, honest, "routes of an agent and of FRR are their own");
  for (const node of ["h1", "h2", "f1"]) assert.deepEqual(await refused(loopback(node)), {}, node);
  const { stdout } = await weft(rr, ["events"]);
  assert.match(stdout, /10\.99\.7\.7 announced a rd that is not its own: 10\.99\.1\.1:100 \[2\]/);
  assert.match((await weft(rr, ["bgp", "peers", "--peer", liarAddress])).stdout, /1 admission\/rd/);
  const metrics = (await weft(rr, ["metrics"])).stdout;
  assert.match(metrics, /weft_bgp_peer_routes_refused_total\{peer="10\.99\.7\.7",by="admission",policy="admission",rule="next-hop"\} 2/);
  for (const ip of ["192.168.1.12", "192.168.1.13"]) {
    await waitFor(`b1 to reach ${ip}`, async () => await reaches(findPlace(plan, "b1"), ip), patient);
    assert.equal((await ping(findPlace(plan, "b1"), ip, { count: 10 })).lost, 0);
  }
});

test("an agent whose RD is another's is not believed until it has its own again", async () => {
  const h1 = placeOf(findMember(plan, "h1"));
  const file = `${h1.folder}/agent.yaml`;
  const own = readFileSync(file, "utf8");
  const config = parse(own) as { networks: { rd?: string }[] };
  config.networks[0]!.rd = `${loopback("f1")}:9`;
  writeFileSync(file, stringify(config));
  await reloadWeft(h1);
  await waitFor("h1 to be refused", async () => ((await refused(loopback("h1")))["admission/rd"] ?? 0) > 0, patient);
  await waitFor("its routes to be gone", async () => (await routes(`&peer=${loopback("h1")}`)).length === 0, patient);
  assert.equal((await ping(findPlace(plan, "b2"), "192.168.1.13", { count: 10 })).lost, 0, "the others do not notice");
  writeFileSync(file, own);
  await reloadWeft(h1);
  await waitFor("b2 to reach b1", async () => await reaches(findPlace(plan, "b2"), "192.168.1.11"), patient);
});

test("policies change what kernels hold while every session stays", async () => {
  const mac = findWorkload(plan, "b1").mac;
  const holds = async (node: string): Promise<boolean> =>
    (await fdb(placeOf(findMember(plan, node)))).some((r) => r.mac === mac && r.dst === loopback("h1"));
  const nodes = ["h2", "f1"];
  for (const n of nodes) await waitFor(`${n} to know b1`, async () => await holds(n), patient);
  const without = { p: { default: "accept", rules: [{ name: "no-b1", match: { mac }, action: "deny" }] } };

  await reload({ exportPolicy: "p" }, without);
  for (const n of nodes) await waitFor(`${n} to have lost b1 to the export policy`, async () => !(await holds(n)), patient);
  const kept = (await peer(loopback("f1"))).keptBack.map((r) => `${r.policy}/${r.rule}`);
  await reload({});
  for (const n of nodes) await waitFor(`${n} to know b1 again`, async () => await holds(n), patient);
  assert.deepEqual(kept, ["p/no-b1"]);

  await reload({ importPolicy: "p" }, without);
  await waitFor("h1 to be refused", async () => ((await refused(loopback("h1")))["p/no-b1"] ?? 0) > 0, patient);
  for (const n of nodes) await waitFor(`${n} to have lost b1 to the import policy`, async () => !(await holds(n)), patient);
  const row = (await peer(loopback("h1"))).refused.find((r) => r.rule === "no-b1")!;
  const lines = readFileSync(`${rr.folder}/reflector.yaml`, "utf8").split("\n");
  assert.match(lines[row.line! - 1]!, /name: no-b1/);
  const tested = await tryCommand([
    weftProgram,
    "policy",
    "test",
    "--config",
    `${rr.folder}/reflector.yaml`,
    "--policy",
    "p",
    `10.99.1.1:100 [2]:[0]:[48]:[${mac}]`,
  ]);
  assert.equal(tested.status, 1);
  assert.match(tested.stdout, new RegExp(`denied by no-b1 of p \\(${rr.folder}/reflector.yaml:${row.line}\\)`));
  await reload({});
  for (const n of nodes) await waitFor(`${n} to know b1 once more`, async () => await holds(n), patient);
  for (const n of ["h1", "h2", "f1"]) assert.equal((await peer(loopback(n))).flaps, 0, n);
});

test("a limit drops what is new from FRR and agents alike, or ends the session and begins it again", async () => {
  const had = (await peer(loopback("f1"))).received;
  assert.ok(had > 2);
  await reload({ maxRoutes: { limit: had, action: "drop" } });
  await command([
    "bridge",
    "-n",
    findMember(plan, "f1").namespace,
    "fdb",
    "add",
    "02:00:00:00:77:01",
    "dev",
    findWorkload(plan, "b3").port,
    "master",
    "static",
  ]);
  await waitFor("the new route to be refused", async () => ((await refused(loopback("f1")))["limit/maximum"] ?? 0) > 0, patient);
  assert.equal((await peer(loopback("f1"))).received, had);
  await reload({ maxRoutes: { limit: had + 10, action: "drop" } });
  await waitFor("the new route", async () => (await routes("&mac=02:00:00:00:77:01")).length === 1, patient);
  assert.equal((await peer(loopback("f1"))).flaps, 0);
  await reload({ maxRoutes: { limit: 1, restart: 1 } });
  await waitFor("FRR to be reset", async () => (await peer(loopback("f1"))).flaps > 0, patient);
  await reload({});
  await waitFor("FRR to be back", async () => (await peer(loopback("f1"))).received === had + 1, patient);
  await waitFor("b1 to reach b3", async () => await reaches(findPlace(plan, "b1"), "192.168.1.13"), patient);
});
