// SPDX-License-Identifier: Apache-2.0
/**
 * Route target constraint (RFC 4684) between two reflectors, their agents, GoBGP, which takes part, and FRR, which does not: who is sent
 * what, and what changes when a network is added or removed while all run.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MembershipRow, PeerRow, RouteRow } from "../../src/contract/inspect.ts";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { frrBgpd, frrLeafLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr, vtysh } from "../../src/lab/peer/frr.ts";
import { gobgp, startGobgp } from "../../src/lab/peer/gobgp.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { reloadWeft, startWeft, weft, weftReady, weftRunFolder, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("rtc");
const asn = 65000;
const at = { h1: "10.0.0.1", h2: "10.0.0.2", rr1: "10.0.0.4", rr2: "10.0.0.5", go: "10.0.0.7", frr: "10.0.0.8" };
const timers = { hold: 9, connectRetry: 1 };
const vnis = { blue: 100, green: 200, red: 300 };
let h1: Place, h2: Place, rr1: Place, rr2: Place, go: Place, frr: Place;

function agentConfig(name: "h1" | "h2", reflector: string, networks: readonly (keyof typeof vnis)[]): object {
  return {
    host: name,
    bgp: { asn, routerId: at[name], timers, peers: [{ address: reflector, asn }] },
    vtep: { address: at[name] },
    networks: networks.map((n) => ({ name: n, vni: vnis[n] })),
    ports: [],
  };
}

function reflectorConfig(name: "rr1" | "rr2", other: string, clients: readonly string[]): object {
  return {
    host: name,
    bgp: {
      asn,
      routerId: at[name],
      listen: [at[name]],
      timers,
      reflector: { clusterId: at[name] },
      peers: [
        { address: other, asn, passive: name === "rr2" },
        ...clients.map((address) => ({ address, asn, client: true, passive: true })),
      ],
    },
  };
}

/** VNIs of the type-3 routes that a reflector or agent holds, by the host that announced them: `h1/100`. */
async function floods(place: Place): Promise<string> {
  const { rows } = await inspect<{ rows: readonly RouteRow[] }>(weftRunFolder(place), "/v1/bgp/routes?type=3&best=true");
  const hosts = new Map(Object.entries(at).map(([name, address]) => [address, name]));
  return rows
    .map((r) => `${hosts.get(r.nextHop ?? "") ?? "?"}/${/:(\d+)$/.exec(r.routeTargets[0] ?? "")?.[1] ?? "?"}`)
    .toSorted()
    .join(" ");
}

async function peer(place: Place, address: string): Promise<PeerRow> {
  const rows = await inspect<readonly PeerRow[]>(weftRunFolder(place), "/v1/bgp/peers");
  return rows.find((p) => p.peer === address)!;
}

/** VNIs of the routes that GoBGP holds. */
async function goFloods(): Promise<string> {
  const text = await gobgp(go, ["global", "rib", "-a", "evpn"]);
  return [...new Set([...text.matchAll(/\[65000:(\d+)\]/g)].map((m) => m[1]!))].toSorted().join(" ");
}

before(async () => {
  [h1, h2] = [await net.host("h1", { ownNamespaces: true }), await net.host("h2", { ownNamespaces: true })];
  [rr1, rr2, go, frr] = [await net.host("rr1"), await net.host("rr2"), await net.host("go"), await net.host("frr")];
  await net.segment([
    [h1, `${at.h1}/24`],
    [h2, `${at.h2}/24`],
    [rr1, `${at.rr1}/24`],
    [rr2, `${at.rr2}/24`],
    [go, `${at.go}/24`],
    [frr, `${at.frr}/24`],
  ]);
  await startWeft(rr1, "reflector", { config: reflectorConfig("rr1", at.rr2, [at.h1]) });
  await startWeft(rr2, "reflector", { config: reflectorConfig("rr2", at.rr1, [at.h2, at.go]) });
  await Promise.all([weftReady(rr1, "reflector"), weftReady(rr2, "reflector")]);
  await startWeft(h1, "agent", { config: agentConfig("h1", at.rr1, ["blue", "green", "red"]) });
  await startWeft(h2, "agent", { config: agentConfig("h2", at.rr2, ["blue"]) });
  await Promise.all([weftReady(h1, "agent"), weftReady(h2, "agent")]);
});
after(async () => await net.remove());

test("a reflector asks another for what its hosts import, and each host gets that", async () => {
  await waitFor("rr1: all of its host, and blue of the other", async () => (await floods(rr1)) === "h1/100 h1/200 h1/300 h2/100");
  await waitFor("rr2: only blue of rr1's host", async () => (await floods(rr2)) === "h1/100 h2/100");
  await waitFor("h2: blue of both", async () => (await floods(h2)) === "h1/100 h2/100");
  const [toRr2, toH2] = [await peer(rr1, at.rr2), await peer(rr2, at.h2)];
  assert.deepEqual([toRr2.sent, toRr2.withheld, toRr2.memberships], [1, 2, 1]);
  assert.deepEqual([toH2.sent, toH2.withheld, toH2.memberships], [1, 0, 1]);
  assert.ok(toH2.families.includes("rt-constrain"));
  const asked = await inspect<readonly MembershipRow[]>(weftRunFolder(rr2), "/v1/bgp/memberships");
  assert.deepEqual(
    asked.map((m) => `${m.target} ${m.askedBy.toSorted().join(" ")}`),
    ["65000:100 10.0.0.2 10.0.0.4", "65000:200 10.0.0.4", "65000:300 10.0.0.4"],
  );
  const { stdout } = await weft(rr2, ["bgp", "memberships", "--peer", at.h2]);
  assert.match(stdout, /^ROUTE TARGET +ORIGIN AS +PEERS +ASKED FOR BY\n65000:100 +65000 +2 +10\.0\.0\.\d 10\.0\.0\.\d\n$/);
});

test("a network that a host joins brings its routes there, and takes them away when it goes", async () => {
  writeWeftConfig(h2, "agent", agentConfig("h2", at.rr2, ["blue", "green"]));
  await reloadWeft(h2);
  await waitFor("h2: green of h1", async () => (await floods(h2)) === "h1/100 h1/200 h2/100 h2/200");
  await waitFor("h1: green of h2", async () => (await floods(h1)).includes("h2/200"));
  assert.equal((await peer(rr1, at.rr2)).withheld, 1);
  writeWeftConfig(h2, "agent", agentConfig("h2", at.rr2, ["blue"]));
  await reloadWeft(h2);
  await waitFor("h2: blue only", async () => (await floods(h2)) === "h1/100 h2/100");
  await waitFor("rr2: blue only", async () => (await floods(rr2)) === "h1/100 h2/100");
});

test("an import list that names another network's route target, and a wildcard that asks for everything", async () => {
  const config = agentConfig("h2", at.rr2, []) as Record<string, unknown>;
  writeWeftConfig(h2, "agent", { ...config, networks: [{ name: "blue", vni: 100, importTargets: ["65000:300"] }] });
  await reloadWeft(h2);
  await waitFor("h2: red only", async () => (await floods(h2)) === "h1/300 h2/100");
  writeWeftConfig(h2, "agent", { ...config, networks: [{ name: "blue", vni: 100, importTargets: ["*:300"] }] });
  await reloadWeft(h2);
  await waitFor("h2: everything", async () => (await floods(h2)) === "h1/100 h1/200 h1/300 h2/100");
  writeWeftConfig(h2, "agent", agentConfig("h2", at.rr2, ["blue"]));
  await reloadWeft(h2);
  await waitFor("h2: blue only again", async () => (await floods(h2)) === "h1/100 h2/100");
});

test("GoBGP asks for the route targets of its VRFs, and is sent those", async () => {
  await startGobgp(go, { asn, routerId: at.go, peers: [{ address: at.rr2 }], rtConstrain: true, holdTime: 9 });
  await waitFor("the session", async () => (await peer(rr2, at.go)).state === "established");
  assert.deepEqual((await peer(rr2, at.go)).families.toSorted(), ["l2vpn-evpn", "rt-constrain"]);
  await gobgp(go, ["vrf", "add", "green", "rd", "10.0.0.7:200", "rt", "both", "65000:200"]);
  // Without graceful restart GoBGP sends no End-of-RIB: its routes wait for what is known of it after ten seconds.
  await waitFor("green at GoBGP", async () => (await goFloods()) === "200", { within: 30_000 });
  await waitFor("rr2 asked rr1 on its behalf", async () => (await floods(rr2)) === "h1/100 h1/200 h2/100");
  await gobgp(go, ["vrf", "add", "red", "rd", "10.0.0.7:300", "rt", "both", "65000:300"]);
  await waitFor("green and red at GoBGP", async () => (await goFloods()) === "200 300");
  // GoBGP 3.10 itself ends when a VRF is deleted while it speaks this family, so it leaves all at once.
  await stopProcess(go, "gobgpd", "SIGKILL");
  await waitFor("nobody behind rr2 asks for green and red any more", async () => (await floods(rr2)) === "h1/100 h2/100");
});

test("FRR takes no part: it is sent everything, and its reflector asks for everything on its behalf", async () => {
  await addVtepDevices(frr.namespace, { vni: 100, vtep: at.frr });
  writeWeftConfig(rr2, "reflector", reflectorConfig("rr2", at.rr1, [at.h2, at.go, at.frr]));
  await reloadWeft(rr2);
  const body = frrLeafLines({ asn, routerId: at.frr, peers: [at.rr2], timers: [3, 9] });
  await startFrr(frr, { zebra: "", bgpd: frrBgpd("leaf", asn, at.frr, body) });
  await waitFor("rr2: all of rr1's", async () => (await floods(rr2)) === "frr/100 h1/100 h1/200 h1/300 h2/100");
  const row = await peer(rr2, at.frr);
  assert.deepEqual([row.families, row.withheld], [["l2vpn-evpn"], 0]);
  await waitFor("FRR: green and red", async () => {
    const text = await vtysh(frr, "show bgp l2vpn evpn route type multicast");
    return ["65000:200", "65000:300"].every((rt) => text.includes(`RT:${rt}`));
  });
  await waitFor("h2: FRR's flood route, and nothing that it does not import", async () => (await floods(h2)) === "frr/100 h1/100 h2/100");
  await waitFor("h1: FRR's flood route", async () => (await floods(h1)).includes("frr/100"));
});
