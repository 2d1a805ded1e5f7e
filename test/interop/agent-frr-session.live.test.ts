// SPDX-License-Identifier: Apache-2.0
/** An agent and FRR as each other's only peers: a wrong and a right password, a session that flaps, one that falls silent, a sticky MAC. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { MacRow, PeerRow } from "../../src/contract/inspect.ts";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { ping, reaches } from "../../src/lab/measure/ping.ts";
import { frrBgpd, frrLeafLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr, vtyshConfigure, vtyshJson } from "../../src/lab/peer/frr.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { startWeft, weftReady, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { floodList, vtepOf } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("iafs");
let h1: Place, f1: Place, w1: Place, segment: Place;
const macs = { w1: "02:00:00:00:01:01", w2: "02:00:00:00:01:02", fixed: "02:00:00:00:01:99" };
const frrPeers = async (): Promise<string | undefined> =>
  (await vtyshJson<{ peers: Record<string, { state: string }> }>(f1, "show bgp l2vpn evpn summary")).peers["10.0.0.1"]?.state;
const peer = async (): Promise<PeerRow> => (await inspect<readonly PeerRow[]>(weftRunFolder(h1), "/v1/bgp/peers"))[0]!;
const established = async (): Promise<boolean> => (await peer()).state === "established" && (await frrPeers()) === "Established";

const bgpd = (password: string): string =>
  frrBgpd("f1", 65000, "10.0.0.2", frrLeafLines({ asn: 65000, routerId: "10.0.0.2", peers: ["10.0.0.1"], password, timers: [1, 3] }));

before(async () => {
  [h1, f1] = [await net.host("h1", { ownNamespaces: true }), await net.host("f1")];
  segment = await net.segment([
    [h1, "10.0.0.1/24"],
    [f1, "10.0.0.2/24"],
  ]);
  await addVtepDevices(f1.namespace, { vni: 100, vtep: "10.0.0.2" });
  await startFrr(f1, { zebra: "", bgpd: bgpd("wrong") });
  await startWeft(h1, "agent", {
    config: {
      host: "h1",
      bgp: {
        asn: 65000,
        routerId: "10.0.0.1",
        timers: { hold: 3, connectRetry: 1 },
        peers: [{ address: "10.0.0.2", asn: 65000, password: "s3cret" }],
      },
      vtep: { address: "10.0.0.1" },
      networks: [{ name: "blue", vni: 100 }],
      ports: [{ name: "w1", network: "blue", interface: "p-w1", mac: macs.w1, ips: ["192.168.1.1"] }],
    },
  });
  await weftReady(h1, "agent");
  w1 = await net.workload("w1", h1, "p-w1", undefined, macs.w1, ["192.168.1.1/24"]);
  await net.workload("w2", f1, "p-w2", "br100", macs.w2, ["192.168.1.2/24"]);
});
after(async () => await net.remove());

test("with a wrong MD5 key no session comes up, and it says so; with the right one it does", async () => {
  await waitFor("an attempt that failed", async () => (await peer()).lastError !== null);
  assert.ok(!(await established()));
  await vtyshConfigure(f1, ["router bgp 65000", "neighbor 10.0.0.1 password s3cret"]);
  await waitFor("the session", established, { within: 30_000 });
  await waitFor("w1 to reach w2", async () => await reaches(w1, "192.168.1.2"));
  assert.equal((await ping(w1, "192.168.1.2", { count: 20 })).lost, 0);
  assert.equal(await vtepOf(h1, "vx100", macs.w2), "10.0.0.2");
  assert.equal(await vtepOf(f1, "vx100", macs.w1), "10.0.0.1");
});

test("a session that is reset comes back, and its routes with it", async () => {
  const before = (await peer()).flaps;
  await net.run(f1, ["vtysh", "-N", f1.namespace, "-c", "clear bgp 10.0.0.1"]);
  await waitFor("a flap", async () => (await peer()).flaps > before, { every: 10 });
  await waitFor("the session", established, { within: 30_000 });
  await waitFor("h1: w2 behind f1", async () => (await vtepOf(h1, "vx100", macs.w2)) === "10.0.0.2");
  await waitFor("f1: w1 behind h1", async () => (await vtepOf(f1, "vx100", macs.w1)) === "10.0.0.1");
});

test("a peer that falls silent is dropped by the hold timer, with everything it told", async () => {
  await net.ip(segment, ["link set port1 down"]);
  await waitFor("the hold timer", async () => /hold/i.test((await peer()).lastError ?? "") && (await peer()).state !== "established");
  await waitFor(
    "h1: nothing behind f1 any more",
    async () => (await vtepOf(h1, "vx100", macs.w2)) === undefined && (await floodList(h1, "vx100")).length === 0,
  );
  await net.ip(segment, ["link set port1 up"]);
  await waitFor("the session", established, { within: 30_000 });
  await waitFor("w1 to reach w2", async () => await reaches(w1, "192.168.1.2"));
});

test("FRR's bgpd dies and is started again", async () => {
  await stopProcess(f1, "bgpd", "SIGKILL");
  await waitFor("h1 to notice", async () => (await peer()).state !== "established", { every: 10 });
  await startFrr(f1, { bgpd: bgpd("s3cret") });
  await waitFor("the session", established, { within: 30_000 });
  await waitFor("w1 to reach w2", async () => await reaches(w1, "192.168.1.2"));
});

test("a sticky MAC of FRR arrives as one", async () => {
  await net.run(f1, ["bridge", "fdb", "replace", macs.fixed, "dev", "p-w2", "master", "static", "sticky"]);
  const row = await waitFor("h1: the sticky MAC", async () =>
    (await inspect<readonly MacRow[]>(weftRunFolder(h1), "/v1/evpn/macs")).find((r) => r.mac === macs.fixed),
  );
  assert.deepEqual([row.where, row.at, row.sticky], ["remote", "10.0.0.2", true]);
});
