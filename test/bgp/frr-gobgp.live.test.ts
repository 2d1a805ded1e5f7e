// SPDX-License-Identifier: Apache-2.0
/** Sessions of our speaker with FRR and GoBGP: routes both ways, restarts, passwords, refresh. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { parsePrefix } from "../../src/base/net/prefix.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import type { SpeakerConfig } from "../../src/bgp/speaker/config.ts";
import {
  type RunningSpeaker,
  announceMacs,
  ip,
  isUp,
  makeSpeaker,
  peerConfig,
  speakerConfig,
  until,
} from "../../src/bgp/speaker/testing/speakers.ts";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { frrBgpd, frrLeafLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr, startFrrDaemon, vtysh, vtyshConfigure, vtyshJson } from "../../src/lab/peer/frr.ts";
import { gobgp, startGobgp } from "../../src/lab/peer/gobgp.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("bgppeer");
const [us, frr, go] = ["10.0.0.4", "10.0.0.1", "10.0.0.7"];
let home: Place;
let leaf: Place;
let server: Place;
const running: RunningSpeaker[] = [];

before(async () => {
  [home, leaf, server] = [await net.host("us"), await net.host("frr"), await net.host("go")];
  await net.segment([
    [home, `${us}/24`],
    [leaf, `${frr}/24`],
    [server, `${go}/24`],
  ]);
  await addVtepDevices(leaf.namespace, { vni: 100, vtep: frr });
  const body = frrLeafLines({ asn: 65000, routerId: frr, peers: [us], timers: [1, 3] });
  await startFrr(leaf, { zebra: "", bgpd: frrBgpd("leaf", 65000, frr, [" bgp graceful-restart", ...body]) });
  await startGobgp(server, { asn: 65000, routerId: go, peers: [{ address: us }], holdTime: 9 });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((s) => s.speaker.stop("shutdown")));
});
after(async () => await net.remove());

async function reflector(over: Partial<SpeakerConfig> = {}): Promise<RunningSpeaker> {
  const range = parsePrefix("10.0.0.0/24")!;
  const s = makeSpeaker(
    speakerConfig(us, 179, {
      namespace: namespacePath(home.namespace),
      hostname: "weft-rr",
      reflector: { clusterId: ip(us) },
      dynamicPeers: [{ range, asn: 65_000, families: ["l2vpn-evpn"], client: true }],
      ...over,
    }),
  );
  running.push(s);
  await s.speaker.start();
  return s;
}

interface FrrNeighbour {
  readonly bgpState: string;
  readonly remoteRouterId: string;
  readonly hostname?: string;
  readonly bgpTimerHoldTimeMsecs: number;
  readonly addressFamilyInfo?: Record<string, { readonly acceptedPrefixCounter?: number }>;
}

async function neighbour(): Promise<FrrNeighbour> {
  return (await vtyshJson<Record<string, FrrNeighbour>>(leaf, `show bgp neighbor ${us}`))[us]!;
}

async function frrRoutes(): Promise<number> {
  const summary = await vtyshJson<{ peers: Record<string, { pfxRcd?: number }> }>(leaf, "show bgp l2vpn evpn summary");
  return summary.peers[us]?.pfxRcd ?? 0;
}

test("FRR and GoBGP connect to us; what each announces reaches the other", async () => {
  const s = await reflector();
  await waitFor("sessions", () => isUp(s, frr) && isUp(s, go));
  const row = s.speaker.peers().find((p) => p.address === frr)!;
  assert.equal(row.hostname, "leaf");
  assert.equal(row.holdTime, 3);
  assert.equal((await neighbour()).remoteRouterId, us);
  await waitFor("FRR's type 3 at GoBGP", async () => (await gobgp(server, ["global", "rib", "-a", "evpn"])).includes("multicast"));
  await gobgp(
    server,
    "global rib add -a evpn macadv 02:00:00:00:07:01 192.168.1.7 esi single-homed etag 0 label 100 rd 10.0.0.7:100 rt 65000:100 encap vxlan".split(
      " ",
    ),
  );
  await waitFor("GoBGP's type 2 at FRR", async () =>
    (await vtysh(leaf, "show bgp l2vpn evpn route type macip")).includes("02:00:00:00:07:01"),
  );
  announceMacs(s, 0, 300);
  await waitFor("ours at FRR", async () => (await frrRoutes()) === 301);
  await waitFor("ours at GoBGP", async () => (await gobgp(server, ["neighbor", us])).match(/Received: *30[0-9]/) !== null);
});

test("we connect to FRR, with a password; a clear and a refresh from the other side", async (t) => {
  t.after(async () => await vtyshConfigure(leaf, ["router bgp 65000", `no neighbor ${us} password s3cret`, `no neighbor ${us} passive`]));
  await vtyshConfigure(leaf, ["router bgp 65000", `neighbor ${us} password s3cret`, `neighbor ${us} passive`]);
  const s = await reflector({ peers: [peerConfig(frr, 179, us, { password: "s3cret" })], dynamicPeers: [] });
  await waitFor("session", () => isUp(s, frr));
  announceMacs(s, 0, 10);
  await waitFor("routes", async () => (await frrRoutes()) === 10);
  await vtysh(leaf, `clear bgp l2vpn evpn ${us} soft in`);
  s.speaker.refresh(frr);
  await vtysh(leaf, `clear bgp ${us}`);
  await waitFor("FRR's reason", () => s.speaker.peers().some((p) => p.lastError?.startsWith("peer sent Cease")));
  await waitFor("session again", () => isUp(s, frr));
  await waitFor("routes again", async () => (await frrRoutes()) === 10);
  s.speaker.shutdown(frr, "tea");
  // With the N bit agreed on it is a Hard Reset around the shutdown.
  await waitFor("our reason at FRR", async () =>
    /Cease\/Administrative Shutdown\/Hard Reset/.test(await vtysh(leaf, `show bgp neighbor ${us}`)),
  );
});

test("FRR killed: its routes stay and are renewed when it is back", async () => {
  const s = await reflector();
  await waitFor("session", () => isUp(s, frr));
  await waitFor("FRR's type 3", () => s.speaker.peers().some((p) => p.address === frr && p.received > 0));
  await stopProcess(leaf, "bgpd", "SIGKILL");
  await waitFor("kept", () => s.speaker.peers().some((p) => p.address === frr && p.stale.length === 1));
  assert.equal(s.speaker.rib.stats().routes > 0, true);
  await startFrrDaemon(leaf, "bgpd");
  await waitFor(
    "renewed",
    () => s.speaker.peers().some((p) => p.address === frr && p.phase === "established" && p.stale.length === 0 && p.received > 0),
    { within: 30_000 },
  );
});

test("another AS keeps the next hop of EVPN routes", async () => {
  await vtyshConfigure(leaf, [
    "router bgp 65000",
    "no bgp ebgp-requires-policy",
    `no neighbor ${us}`,
    `neighbor ${us} remote-as 65001`,
    `neighbor ${us} timers connect 1`,
    "address-family l2vpn evpn",
    `neighbor ${us} activate`,
  ]);
  const s = await reflector({
    asn: 65_001,
    reflector: { clusterId: ip(us) },
    dynamicPeers: [{ range: parsePrefix("10.0.0.1/32")!, asn: "external", families: ["l2vpn-evpn"] }],
  });
  await waitFor("session", () => isUp(s, frr), { within: 30_000 });
  announceMacs(s, 0, 1);
  await until("role", () => s.speaker.peers().some((p) => p.address === frr && p.role === "ebgp"));
  const shown = await waitFor("route", async () => {
    const text = await vtysh(leaf, "show bgp l2vpn evpn route type macip");
    return text.includes("02:00:00:00:00:00") && text;
  });
  assert.match(shown, /10\.0\.0\.99 .*65001/s);
});
