// SPDX-License-Identifier: Apache-2.0
/**
 * Several paths of one EVPN route (RFC 7911): from us to GoBGP and to FRR, and from a peer that writes its own octets to us; of those, the ones
 * that the other side asks for by route target (RFC 4684).
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { parsePrefix } from "../../src/base/net/prefix.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import type { SpeakerConfig } from "../../src/bgp/speaker/config.ts";
import { ip, isUp, makeSpeaker, type RunningSpeaker, speakerConfig } from "../../src/bgp/speaker/testing/speakers.ts";
import { frrBgpd } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr, vtyshJson } from "../../src/lab/peer/frr.ts";
import { gobgp, startGobgp } from "../../src/lab/peer/gobgp.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
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

type PeerConfig = SpeakerConfig["peers"][number];

async function reflector(addPath: PeerConfig["addPath"], families: PeerConfig["families"] = ["l2vpn-evpn"]): Promise<RunningSpeaker> {
  const s = makeSpeaker(
    speakerConfig(us, 179, {
      namespace: namespacePath(home.namespace),
      reflector: { clusterId: ip(us) },
      dynamicPeers: [{ range: parsePrefix("10.0.0.0/24")!, asn: 65_000, families, client: true, ...(addPath && { addPath }) }],
    }),
  );
  running.push(s);
  await s.speaker.start();
  return s;
}

/** Type 2 for 02:00:00:00:00:01 in VNI 100 — RFC 7432 §7.2. */
const route = [2, 33, 0, 1, 10, 0, 0, 1, 0, 100, ...Array<number>(14).fill(0), 48, 2, 0, 0, 0, 0, 1, 0, 0, 0, 100];
const routeTarget = (n: number): number[] => [0, 2, 0xfd, 0xe8, 0, 0, 0, n];
/** ORIGIN, AS_PATH, LOCAL_PREF, a route target of 65000. */
const attributes = (localPref: number, target: number): number[] => {
  const communities = [0xc0, 16, 8, ...routeTarget(target)];
  return [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, localPref, ...communities];
};

/** UPDATE with these NLRI octets. */
function update(nlri: readonly number[], nextHop: number, localPref: number, target = 100): Uint8Array {
  const value = [0, 25, 70, 4, 10, 0, 0, nextHop, 0, ...nlri];
  const block = [0x90, 14, value.length >> 8, value.length & 255, ...value, ...attributes(localPref, target)];
  return rawMessage(messageType.update, [0, 0, block.length >> 8, block.length & 255, ...block]);
}

/** Joins route targets of 65000, or leaves them: type 132 of AFI 1. */
function ask(joins: boolean, ...targets: readonly number[]): Uint8Array {
  const nlri = targets.flatMap((n) => [96, 0, 0, 0xfd, 0xe8, ...routeTarget(n)]);
  const value = joins ? [0, 1, 132, 4, 10, 0, 0, 2, 0, ...nlri] : [0, 1, 132, ...nlri];
  const block = [0x90, joins ? 14 : 15, 0, value.length, ...value, ...(joins ? [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100] : [])];
  return rawMessage(messageType.update, [0, 0, 0, block.length, ...block]);
}

/** Keeps what a peer with add-path is sent: next hops by identifier, and what became of them in order. */
class HeldPaths {
  readonly #peer: RawPeer;
  readonly #table = new Map<number, string>();
  #read = 0;
  #heard: string[] = [];

  constructor(peer: RawPeer) {
    this.#peer = peer;
  }

  /** Sorted next hops. */
  get now(): string {
    for (; this.#read < this.#peer.received.length; this.#read++) {
      const { type, body } = this.#peer.received[this.#read]!;
      if (type !== messageType.update) continue;
      const { update: decoded, faults } = decodeUpdate(body, { fourOctetAs: true, peer: "ibgp", addPath: new Set(["l2vpn-evpn"]) });
      assert.deepEqual(faults, []);
      for (const a of decoded!.attributes) {
        if (a.kind === "mp-reach" && a.family === "l2vpn-evpn") for (const r of a.routes) this.#put(r.pathId!, a.nextHop.join("."));
        if (a.kind === "mp-unreach" && a.family === "l2vpn-evpn") for (const r of a.routes) this.#put(r.pathId!, undefined);
      }
    }
    return [...this.#table.values()].toSorted().join(" ");
  }

  /** `+10.0.0.1 -10.0.0.1`, since the last call. */
  heard(): string {
    return this.#heard.splice(0).join(" ");
  }

  #put(id: number, nextHop: string | undefined): void {
    this.#heard.push(nextHop === undefined ? `-${this.#table.get(id)}` : `+${nextHop}`);
    if (nextHop === undefined) this.#table.delete(id);
    else this.#table.set(id, nextHop);
  }
}

/** Next hops of what GoBGP was sent. */
async function gobgpHolds(): Promise<string> {
  const text = await gobgp(server, ["neighbor", us, "adj-in", "-a", "evpn"]);
  return [...text.matchAll(/ (10\.0\.0\.\d+) /g)]
    .map((m) => m[1]!)
    .toSorted()
    .join(" ");
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
  await waitFor("both paths at GoBGP", async () => (await gobgpHolds()) === `${one} ${two}`);
  b.close();
  await waitFor("one path at GoBGP", async () => (await gobgpHolds()) === one);
  await stopProcess(server, "gobgpd", "SIGKILL");
  a.close();
});

test("of several paths a peer is sent those that it asks for, also when they are not the best", async () => {
  const s = await reflector({ receive: true, send: "all" }, ["l2vpn-evpn", "rt-constrain"]);
  await startGobgp(server, {
    asn: 65000,
    routerId: go,
    peers: [{ address: us }],
    holdTime: 9,
    addPaths: 4,
    rtConstrain: true,
    gracefulRestart: 5,
  });
  await gobgp(server, ["vrf", "add", "green", "rd", "10.0.0.7:200", "rt", "both", "65000:200"]);
  const capabilities = [
    ...plainCapabilities(),
    { kind: "multiprotocol", family: "rt-constrain" },
    { kind: "add-path", families: [{ family: "l2vpn-evpn", mode: 3 }] },
  ] as const;
  const sender = await RawPeer.established(sources, { from: ip(one), to: ip(us) }, { capabilities: capabilities.toSpliced(3, 1) });
  const asker = await RawPeer.established(sources, { from: ip(two), to: ip(us) }, { capabilities });
  sender.send(update([0, 0, 0, 1, ...route], 1, 200, 100), update([0, 0, 0, 2, ...route], 2, 100, 200));
  await waitFor("two paths here", () => s.speaker.peers().find((p) => p.address === one)?.received === 2);
  const paths = new HeldPaths(asker);
  asker.send(ask(true, 200), ask(false));
  await waitFor("the path that is not the best", () => paths.now === "10.0.0.2");
  asker.send(ask(true, 100));
  await waitFor("both", () => paths.now === "10.0.0.1 10.0.0.2");
  asker.send(ask(false, 200));
  await waitFor("the best", () => paths.now === "10.0.0.1");
  asker.send(ask(false, 100));
  await waitFor("none", () => paths.now === "");
  assert.equal(paths.heard(), "+10.0.0.2 +10.0.0.1 -10.0.0.2 -10.0.0.1");
  await waitFor("what GoBGP's VRF imports", async () => (await gobgpHolds()) === "10.0.0.2", { within: 30_000 });
  await gobgp(server, ["vrf", "add", "blue", "rd", "10.0.0.7:100", "rt", "both", "65000:100"]);
  await waitFor("what its other one imports, too", async () => (await gobgpHolds()) === "10.0.0.1 10.0.0.2");
  // GoBGP 3.10 itself ends when a VRF is deleted while it speaks this family.
  await stopProcess(server, "gobgpd", "SIGKILL");
  sender.close();
  asker.close();
});

test("two paths of one peer under identifiers of its own, handed on to another peer and withdrawn one by one", async () => {
  const s = await reflector({ receive: true, send: "all" });
  const capabilities = [...plainCapabilities(), { kind: "add-path", families: [{ family: "l2vpn-evpn", mode: 3 }] } as const];
  const sender = await RawPeer.established(sources, { from: ip(one), to: ip(us) }, { capabilities });
  const receiver = await RawPeer.established(sources, { from: ip(two), to: ip(us) }, { capabilities });
  sender.send(update([0, 0, 0, 7, ...route], 1, 200), update([0xff, 0, 0, 8, ...route], 9, 100));
  const paths = new HeldPaths(receiver);
  await waitFor("both paths", () => paths.now === "10.0.0.1 10.0.0.9");
  assert.equal(s.speaker.peers().find((p) => p.address === one)!.received, 2);
  const withdrawn = [0, 25, 70, 0, 0, 0, 7, ...route];
  sender.send(rawMessage(messageType.update, [0, 0, 0, withdrawn.length + 4, 0x90, 15, 0, withdrawn.length, ...withdrawn]));
  await waitFor("the other path", () => paths.now === "10.0.0.9");
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
