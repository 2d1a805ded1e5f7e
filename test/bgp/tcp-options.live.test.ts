// SPDX-License-Identifier: Apache-2.0
/** What the kernel has to enforce for us: MD5 keys, TTLs, addresses and namespaces of BGP sockets. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { parsePrefix } from "../../src/base/net/prefix.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import type { PeerConfig, SpeakerConfig } from "../../src/bgp/speaker/config.ts";
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
import type { Place } from "../../src/lab/system/place.ts";
import { RawPeer, encodeOpen, identifierOf, keepalive, rawOpen } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("bgptcp");
const [a4, b4, a6, b6] = ["10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"];
let a: Place;
let b: Place;
const running: RunningSpeaker[] = [];

before(async () => {
  [a, b] = [await net.host("a"), await net.host("b")];
  await net.segment([
    [a, `${a4}/24`, `${a6}/64`],
    [b, `${b4}/24`, `${b6}/64`, "10.0.0.22/24"],
  ]);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((s) => s.speaker.stop("shutdown")));
});
after(async () => await net.remove());

async function speaker(place: Place, address: string, routerId: string, over: Partial<SpeakerConfig>): Promise<RunningSpeaker> {
  const config = speakerConfig(address, 179, { routerId: ip(routerId), namespace: namespacePath(place.namespace), ...over });
  const s = makeSpeaker(config);
  running.push(s);
  await s.speaker.start();
  return s;
}

/** `a` waits, `b` connects, so that each case tries one direction. */
async function both(v: 4 | 6, left: Partial<PeerConfig>, right: Partial<PeerConfig>): Promise<[RunningSpeaker, RunningSpeaker]> {
  const [at, bt] = v === 4 ? [a4, b4] : [a6, b6];
  return [
    await speaker(a, at, a4, { peers: [peerConfig(bt, 179, at, { passive: true, ...left })] }),
    await speaker(b, bt, b4, { peers: [peerConfig(at, 179, bt, right)], listen: [] }),
  ];
}

async function kernelCount(place: Place, name: string): Promise<number> {
  const line = (await net.run(place, ["nstat", "-asz", name])).split("\n").find((l) => l.startsWith(name));
  return Number(line?.split(/\s+/)[1] ?? 0);
}

for (const v of [4, 6] as const) {
  test(`IPv${v}: the right MD5 key, and routes over it`, async () => {
    const [left, right] = await both(v, { password: "s3cret" }, { password: "s3cret" });
    await until("session", () => isUp(left, v === 4 ? b4 : b6) && isUp(right, v === 4 ? a4 : a6));
    announceMacs(left, 0, 1000);
    await until("routes", () => right.speaker.rib.stats().routes === 1000);
  });

  test(`IPv${v}: a wrong or missing MD5 key is dropped by the kernel`, async () => {
    const before = await kernelCount(a, "TcpExtTCPMD5Failure");
    const unsigned = await kernelCount(a, "TcpExtTCPMD5NotFound");
    const [left, right] = await both(v, { password: "s3cret" }, { password: "wrong" });
    await waitForCount(a, "TcpExtTCPMD5Failure", before);
    assert.ok(!isUp(left, v === 4 ? b4 : b6));
    await right.speaker.reload(withoutPassword(right.config));
    await waitForCount(a, "TcpExtTCPMD5NotFound", unsigned);
    assert.ok(!isUp(left, v === 4 ? b4 : b6));
  });

  test(`IPv${v}: GTSM lets the neighbour in, and nobody with a lower TTL`, async () => {
    const [left, right] = await both(v, { ttlSecurity: 1 }, { ttlSecurity: 1 });
    await until("session", () => isUp(left, v === 4 ? b4 : b6));
    await right.speaker.stop("shutdown");
    const [at, bt] = v === 4 ? [a4, b4] : [a6, b6];
    const dropped = await kernelCount(a, "TcpExtTCPMinTTLDrop");
    const far = await speaker(b, bt, b4, { peers: [peerConfig(at, 179, bt, { multihop: 64 })], listen: [] });
    // Its SYN is answered, for the listener serves other peers as well; what follows is not heard.
    await waitForCount(a, "TcpExtTCPMinTTLDrop", dropped);
    assert.ok(!isUp(left, bt));
    assert.ok(!isUp(far, at));
  });
}

test("GTSM: what a far host said before the least TTL could be set is not believed", async () => {
  const left = await speaker(a, a4, a4, { peers: [peerConfig(b4, 179, a4, { passive: true, ttlSecurity: 1 })] });
  const dropped = await kernelCount(a, "TcpExtTCPMinTTLDrop");
  // With the SYN's own ACK comes all that a session needs.
  const far = await RawPeer.connect(b, { from: ip(b4), to: ip(a4) });
  far.send(encodeOpen(rawOpen({ identifier: identifierOf(ip(b4)) })), keepalive);
  await waitForCount(a, "TcpExtTCPMinTTLDrop", dropped);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(left.speaker.peers()[0]?.messagesIn, 0);
  assert.ok(!isUp(left, b4));
  far.close();
});

function withoutPassword(config: SpeakerConfig): SpeakerConfig {
  const strip = (p: PeerConfig): PeerConfig => {
    const { password: _, ...rest } = p;
    return rest;
  };
  return { ...config, peers: config.peers.map(strip) };
}

async function waitForCount(place: Place, name: string, above: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if ((await kernelCount(place, name)) > above) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`${name} did not rise`);
}

test("a key that changes at both ends on reload begins a new session with the new key", async () => {
  const [left, right] = await both(4, { password: "old" }, { password: "old" });
  await until("session", () => isUp(left, b4));
  const rekey = (s: RunningSpeaker, password: string): Promise<void> =>
    s.speaker.reload({ ...s.config, peers: s.config.peers.map((p) => ({ ...p, password })) });
  await rekey(left, "new");
  await until("down", () => !isUp(left, b4));
  await rekey(right, "new");
  await until("session with the new key", () => isUp(left, b4) && isUp(right, a4));
});

test("one key for a range; another range without a key beside it", async () => {
  const dynamic = { asn: 65_000, families: ["l2vpn-evpn"] as const };
  const left = await speaker(a, a4, a4, {
    dynamicPeers: [
      { ...dynamic, range: parsePrefix("10.0.0.0/28")!, password: "range" },
      { ...dynamic, range: parsePrefix("10.0.0.16/28")! },
    ],
  });
  await speaker(b, b4, b4, { peers: [peerConfig(a4, 179, b4, { password: "range" })], listen: [] });
  await speaker(b, b4, "10.0.0.22", { peers: [peerConfig(a4, 179, "10.0.0.22")], listen: [] });
  await until("both", () => isUp(left, b4) && isUp(left, "10.0.0.22"));
  await left.speaker.reload({ ...left.config, dynamicPeers: [{ ...dynamic, range: parsePrefix("10.0.0.0/24")! }] });
  await until("the one without a key stays", () => isUp(left, "10.0.0.22"));
});

test("an address that is not ours to listen on is an error with its reason", async () => {
  const s = makeSpeaker(speakerConfig("10.0.0.9", 179, { namespace: namespacePath(a.namespace) }));
  await assert.rejects(s.speaker.start(), { code: "WEFT_BGP_LISTEN", message: /10\.0\.0\.9:179.*EADDRNOTAVAIL/ });
});
