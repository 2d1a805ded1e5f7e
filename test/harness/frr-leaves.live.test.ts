// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { ping } from "../../src/lab/measure/ping.ts";
import { frrBgpd, frrLeafLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startExabgp } from "../../src/lab/peer/exabgp.ts";
import { startFrr, vtyshJson } from "../../src/lab/peer/frr.ts";
import { gobgp, startGobgp } from "../../src/lab/peer/gobgp.ts";
import { recordedProcesses, stopProcess } from "../../src/lab/system/managed-process.ts";
import { isRunning } from "../../src/base/sys/process-identity.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Capture } from "./capture.ts";
import { floodList, vtepOf } from "./kernel-tables.ts";
import { Scratch } from "./scratch.ts";

const net = new Scratch("harness");
after(async () => await net.remove());

test("FRR leaves find each other through GoBGP, an injector joins, and a capture of it is understood", async () => {
  const [l1, l2, rr, ex] = [await net.host("l1"), await net.host("l2"), await net.host("rr"), await net.host("ex")];
  await net.segment([
    [l1, "10.0.0.1/24"],
    [l2, "10.0.0.2/24"],
    [rr, "10.0.0.4/24"],
    [ex, "10.0.0.5/24"],
  ]);
  await startGobgp(rr, { asn: 65000, routerId: "10.0.0.4", clients: ["10.0.0.0/24"] });
  const capture = new Capture(rr, "eth0", "tcp port 179");
  await capture.started();
  for (const [i, leaf] of [l1, l2].entries()) {
    const routerId = `10.0.0.${i + 1}`;
    await addVtepDevices(leaf.namespace, { vni: 100, vtep: routerId });
    const body = frrLeafLines({ asn: 65000, routerId, peers: ["10.0.0.4"] });
    await startFrr(leaf, { zebra: "", bgpd: frrBgpd(`l${i + 1}`, 65000, routerId, body) });
  }
  await startExabgp(ex, { asn: 65000, routerId: "10.0.0.5", localAddress: "10.0.0.5", peers: [{ address: "10.0.0.4" }] });
  await waitFor("l1: its flood list", async () => (await floodList(l1, "vx100")).join() === "10.0.0.2");
  await waitFor("gobgp: ExaBGP's session", async () => /10\.0\.0\.5 +65000 .*Establ/.test(await gobgp(rr, ["neighbor"])));
  const w1 = await net.workload("w1", l1, "p-w1", "br100", "02:00:00:00:01:01", ["192.168.1.1/24"]);
  await net.workload("w2", l2, "p-w2", "br100", "02:00:00:00:01:02", ["192.168.1.2/24"]);
  await waitFor("the first answer", async () => (await ping(w1, "192.168.1.2", { count: 1 })).received === 1);
  await waitFor("l1: w2's VTEP", async () => (await vtepOf(l1, "vx100", "02:00:00:00:01:02")) === "10.0.0.2");
  assert.equal((await ping(w1, "192.168.1.2", { count: 20 })).lost, 0);
  const summary = await vtyshJson<{ peers: Record<string, { state: string }> }>(l1, "show bgp l2vpn evpn summary");
  assert.equal(summary.peers["10.0.0.4"]?.state, "Established");
  await capture.stop();
  assert.ok((await capture.fields("bgp.type == 2", ["ip.src"])).length > 0, "UPDATEs were captured");
  assert.deepEqual(await capture.malformed(), []);
});

test("a stopped process is gone", async () => {
  const host = await net.host("stop");
  const p = await startGobgp(host, { asn: 65000, routerId: "10.0.0.9" });
  assert.ok(isRunning(p.identity));
  await stopProcess(host, "gobgpd", "SIGKILL");
  assert.ok(!isRunning(p.identity));
  assert.deepEqual(recordedProcesses(host.folder), []);
});
