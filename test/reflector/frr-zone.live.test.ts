// SPDX-License-Identifier: Apache-2.0
/** A zone of FRR alone, an AS of its own, joined by eBGP to one of Weft: next hops stay, route targets of each AS mean the same networks. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { parse, stringify } from "yaml";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import type { PeerRow, RoutesReply } from "../../src/contract/inspect.ts";
import { labDown } from "../../src/lab/down.ts";
import { findMember, findPlace, findWorkload } from "../../src/lab/find.ts";
import { ping, reaches } from "../../src/lab/measure/ping.ts";
import { placeOf } from "../../src/lab/member/place-of.ts";
import { vtyshConfigure, vtyshJson } from "../../src/lab/peer/frr.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { reloadWeft, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { labReady } from "../../src/lab/status.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { vtepOf } from "../harness/kernel-tables.ts";

const lab = "lz-frr";
const patient = { within: 30_000 };
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

test("FRR of another AS and a reflector of Weft join their zones", async () => {
  const plan = await labUp(
    parseLabTopology(
      `
name: ${lab}
underlay: { spines: 1, routing: static }
zones: { east: { asn: 65001 }, west: { asn: 65002 } }
reflectors: [{ name: rr1, zone: east }]
nodes: { h1: { zone: east }, f1: { zone: west, kind: frr } }
networks: { blue: { vni: 100 } }
workloads:
  b1: { node: h1, network: blue, ip: 192.168.1.11/24 }
  b2: { node: f1, network: blue, ip: 192.168.1.12/24 }
`,
      lab,
    ),
  );
  await labReady(plan);
  const [rr1, h1, f1] = [findMember(plan, "rr1"), findMember(plan, "h1"), findMember(plan, "f1")];
  const rr = placeOf(rr1);
  const file = `${rr.folder}/reflector.yaml`;
  const config = parse(readFileSync(file, "utf8")) as { bgp: { peers?: object[] } };
  const peer = { address: f1.loopback, asn: 65002, localAddress: rr1.loopback, multihop: 16, rewriteRouteTargets: true };
  config.bgp.peers = [peer];
  writeFileSync(file, stringify(config));
  await reloadWeft(rr);
  await vtyshConfigure(placeOf(f1), [
    "router bgp 65002",
    "no bgp ebgp-requires-policy",
    `neighbor ${rr1.loopback} remote-as 65001`,
    `neighbor ${rr1.loopback} ebgp-multihop 16`,
    `neighbor ${rr1.loopback} update-source ${f1.loopback}`,
    `neighbor ${rr1.loopback} timers connect 1`,
    "address-family l2vpn evpn",
    `neighbor ${rr1.loopback} activate`,
  ]);
  await waitFor(
    "the session",
    async () => {
      const rows = await inspect<readonly PeerRow[]>(weftRunFolder(rr), "/v1/bgp/peers");
      return rows.some((p) => p.peer === f1.loopback && p.state === "established" && p.role === "ebgp");
    },
    patient,
  );

  const mac = (workload: string): string => findWorkload(plan, workload).mac;
  await waitFor("h1 to forward to FRR", async () => (await vtepOf(placeOf(h1), "vx100", mac("b2"))) === f1.loopback, patient);
  await waitFor("FRR to forward to h1", async () => (await vtepOf(placeOf(f1), "vx100", mac("b1"))) === h1.loopback, patient);
  for (const [from, ip] of [
    ["b1", "192.168.1.12"],
    ["b2", "192.168.1.11"],
  ] as const) {
    await waitFor(`${from} to reach ${ip}`, async () => await reaches(findPlace(plan, from), ip), patient);
    assert.equal((await ping(findPlace(plan, from), ip, { count: 10 })).lost, 0);
  }
  const { rows } = await inspect<RoutesReply>(weftRunFolder(rr), `/v1/bgp/routes?peer=${f1.loopback}`);
  assert.ok(rows.length >= 2);
  for (const row of rows) assert.deepEqual([row.asPath, row.nextHop, row.routeTargets], ["65002", f1.loopback, ["65001:100"]], row.route);
  const seen = await vtyshJson<object>(placeOf(f1), `show bgp l2vpn evpn route type macip`);
  assert.match(JSON.stringify(seen), new RegExp(`"ip":"${h1.loopback}"`), "the next hop is the tunnel endpoint, not the reflector");
  await labDown(lab);
});
