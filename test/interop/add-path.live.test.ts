// SPDX-License-Identifier: Apache-2.0
/** Several paths of one EVPN route (RFC 7911): from us to GoBGP and to FRR, and from a peer that writes its own octets to us. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { parsePrefix } from "../../src/base/net/prefix.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import type { SpeakerConfig } from "../../src/bgp/speaker/config.ts";
import { ip, isUp, makeSpeaker, type RunningSpeaker, speakerConfig } from "../../src/bgp/speaker/testing/speakers.ts";
import { frrBgpd } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr, vtyshJson } from "../../src/lab/peer/frr.ts";
import { gobgp, startGobgp } from "../../src/lab/peer/gobgp.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import { decodeUpdate } from "../../src/bgp/wire/update.ts";
import { plainCapabilities, rawMessage, RawPeer } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("addpath");
const [us, one, two, go, frr] = ["10.0.0.4", "10.0.0.1", "10.0.0.2", "10.0.0.7", "10.0.0.8"];
let home: Place, sources: Place, server: Place, leaf: Place;
const running: RunningSpeaker[] = [];

before(async () => {
  [home, sources, server, leaf] = [await net.host("us"), await net.host("sources"), await net.host("go"), await net.host("frr")];
  await net.segment([
    [home, `${us}/24`],
    [sources, `${one}/24`, `${two}/24`],
    [server, `${go}/24`],
    [leaf, `${frr}/24`],
  ]);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((s) => s.speaker.stop("shutdown")));
});
after(async () => await net.remove());

async function reflector(addPath: SpeakerConfig["peers"][number]["addPath"]): Promise<RunningSpeaker> {
  const s = makeSpeaker(
    speakerConfig(us, 179, {
      namespace: namespacePath(home.namespace),
      reflector: { clusterId: ip(us) },
      dynamicPeers: [
        { range: parsePrefix("10.0.0.0/24")!, asn: 65_000, families: ["l2vpn-evpn"], client: true, ...(addPath && { addPath }) },
      ],
    }),
  );
  running.push(s);
  await s.speaker.start();
  return s;
}

/** Type 2 for 02:00:00:00:00:01 in VNI 100 — RFC 7432 §7.2. */
const route = [2, 33, 0, 1, 10, 0, 0, 1, 0, 100, ...Array<number>(14).fill(0), 48, 2, 0, 0, 0, 0, 1, 0, 0, 0, 100];
/** ORIGIN, AS_PATH, LOCAL_PREF, route target 65000:100. */
const attributes = (localPref: number): number[] => {
  const communities = [0xc0, 16, 8, 0, 2, 0xfd, 0xe8, 0, 0, 0, 100];
  return [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, localPref, ...communities];
};

/** UPDATE with these NLRI octets. */
function update(nlri: readonly number[], nextHop: number, localPref: number): Uint8Array {
  const value = [0, 25, 70, 4, 10, 0, 0, nextHop, 0, ...nlri];
  const block = [0x90, 14, value.length >> 8, value.length & 255, ...value, ...attributes(localPref)];
  const length = 23 + block.length;
  return Uint8Array.from([
    ...Array<number>(16).fill(255),
    length >> 8,
    length & 255,
    2,
    0,
    0,
    block.length >> 8,
    block.length & 255,
    ...block,
  ]);
}

test("GoBGP is sent the paths of two peers, and one of them is taken back", async () => {
  const s = await reflector({ receive: true, send: "all" });
  await startGobgp(server, { asn: 65000, routerId: go, peers: [{ address: us }], holdTime: 9, addPaths: 4 });
  await waitFor("the session", () => isUp(s, go));
  assert.match(await gobgp(server, ["neighbor", us]), /add-path:\s+advertised and received\s+Local:\s+l2vpn-evpn:\s+receive\/send/);
  const [a, b] = [
    await RawPeer.established(sources, { from: ip(one), to: ip(us) }),
    await RawPeer.established(sources, { from: ip(two), to: ip(us) }),
  ];
  a.send(update(route, 1, 200));
  b.send(update(route, 2, 100));
  const nextHops = async (): Promise<string> => {
    const text = await gobgp(server, ["neighbor", us, "adj-in", "-a", "evpn"]);
    return [...text.matchAll(/ (10\.0\.0\.\d+) /g)]
      .map((m) => m[1]!)
      .toSorted()
      .join(" ");
  };
  await waitFor("both paths at GoBGP", async () => (await nextHops()) === `${one} ${two}`);
  b.close();
  await waitFor("one path at GoBGP", async () => (await nextHops()) === one);
});

test("two paths of one peer under identifiers of its own, handed on to another peer and withdrawn one by one", async () => {
  const s = await reflector({ receive: true, send: "all" });
  const capabilities = [...plainCapabilities(), { kind: "add-path", families: [{ family: "l2vpn-evpn", mode: 3 }] } as const];
  const sender = await RawPeer.established(sources, { from: ip(one), to: ip(us) }, { capabilities });
  const receiver = await RawPeer.established(sources, { from: ip(two), to: ip(us) }, { capabilities });
  sender.send(update([0, 0, 0, 7, ...route], 1, 200), update([0xff, 0, 0, 8, ...route], 9, 100));
  /** Next hops by the identifiers under which the receiver holds them. */
  const table = new Map<number, string>();
  let read = 0;
  const held = (): string => {
    for (; read < receiver.received.length; read++) {
      const { type, body } = receiver.received[read]!;
      if (type !== messageType.update) continue;
      const { update: decoded, faults } = decodeUpdate(body, { fourOctetAs: true, peer: "ibgp", addPath: new Set(["l2vpn-evpn"]) });
      assert.deepEqual(faults, []);
      for (const a of decoded!.attributes) {
        if (a.kind === "mp-reach") for (const r of a.routes) table.set(r.pathId!, a.nextHop.join("."));
        if (a.kind === "mp-unreach") for (const r of a.routes) table.delete(r.pathId!);
      }
    }
    return [...table.values()].toSorted().join(" ");
  };
  await waitFor("both paths", () => held() === "10.0.0.1 10.0.0.9");
  assert.equal(s.speaker.peers().find((p) => p.address === one)!.received, 2);
  const withdrawn = [0, 25, 70, 0, 0, 0, 7, ...route];
  sender.send(rawMessage(messageType.update, [0, 0, 0, withdrawn.length + 4, 0x90, 15, 0, withdrawn.length, ...withdrawn]));
  await waitFor("the other path", () => held() === "10.0.0.9");
  sender.close();
  receiver.close();
});

test("FRR 8.4 offers to take several paths and holds them; by itself it sends one", async () => {
  const body = [
    ` neighbor ${us} remote-as 65000`,
    ` neighbor ${us} timers connect 1`,
    " address-family l2vpn evpn",
    `  neighbor ${us} activate`,
    " exit-address-family",
  ];
  await startFrr(leaf, { zebra: "", bgpd: frrBgpd("leaf", 65000, frr, body) });
  const s = await reflector({ receive: true, send: "all" });
  await waitFor("the session", () => isUp(s, frr));
  assert.deepEqual(s.speaker.peers().find((p) => p.address === frr)!.addPath, { receive: false, send: true });
  const [a, b] = [
    await RawPeer.established(sources, { from: ip(one), to: ip(us) }),
    await RawPeer.established(sources, { from: ip(two), to: ip(us) }),
  ];
  a.send(update(route, 1, 200));
  b.send(update(route, 2, 100));
  const held = async (): Promise<string> => {
    const { numPrefix, numPaths } = await vtyshJson<{ readonly numPrefix?: number; readonly numPaths?: number }>(
      leaf,
      "show bgp l2vpn evpn route",
    );
    return `${numPrefix} ${numPaths}`;
  };
  await waitFor("both paths at FRR", async () => (await held()) === "1 2");
  b.close();
  await waitFor("one path at FRR", async () => (await held()) === "1 1");
  a.close();
});
