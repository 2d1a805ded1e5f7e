// SPDX-License-Identifier: Apache-2.0
/** Route target constraint and several paths, over TCP on the loopback net. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { membershipOf } from "../wire/nlri/rt-constrain.ts";
import { encodeNlri } from "../wire/nlri/table.ts";
import type { LocalRoute } from "../rib/types.ts";
import { makeOpen } from "../wire/open.ts";
import { ScriptedPeer } from "./testing/scripted-peer.ts";
import { speakersOfTests } from "./testing/started.ts";
import { announceMacs, freePort, hurriedClock, isUp, peerConfig, type RunningSpeaker, speakerConfig, until } from "./testing/speakers.ts";

const [us, them] = ["127.13.0.1", "127.13.0.2"];
const families = ["l2vpn-evpn", "rt-constrain"] as const;
const started = speakersOfTests();
const scripted: ScriptedPeer[] = [];
afterEach(() => {
  for (const p of scripted.splice(0)) p.socket.destroy();
});

const membership = (target: string): LocalRoute => ({
  family: "rt-constrain",
  nlri: encodeNlri("rt-constrain", membershipOf(65_000, target)),
  attributes: Uint8Array.of(0x40, 1, 1, 0, 0x40, 2, 0),
  nextHop: Uint8Array.of(10, 0, 0, 9),
});

const received = (s: RunningSpeaker): number => s.speaker.peers()[0]!.received;

/** A scripted peer with both families; it has said OPEN and KEEPALIVE. */
async function connect(to: string, port: number): Promise<ScriptedPeer> {
  const p = await ScriptedPeer.connect(them, to, port);
  scripted.push(p);
  const capabilities = [
    ...families.map((family) => ({ kind: "multiprotocol", family }) as const),
    { kind: "four-octet-as", asn: 65_000 } as const,
  ];
  p.send(makeOpen({ asn: 65_000, holdTime: 90, identifier: 0x7f0d0002, capabilities }), { kind: "keepalive" });
  await p.next("keepalive");
  return p;
}

test("a speaker is sent what it asks for, when it asks, and no more", async () => {
  const port = await freePort();
  const from = await started(speakerConfig(us, port, { peers: [peerConfig(them, port, us, { passive: true, families })] }));
  const to = await started(speakerConfig(them, port, { peers: [peerConfig(us, port, them, { families })] }));
  await until("session", () => isUp(to, us) && isUp(from, them));
  announceMacs(from, 0, 20);
  to.speaker.rib.announceLocal(membership("65000:7"));
  to.speaker.changed();
  await until("its membership", () => from.speaker.peers()[0]!.memberships === 1);
  assert.deepEqual([received(to), from.speaker.peers()[0]!.withheld], [0, 20]);
  to.speaker.rib.announceLocal(membership("65000:100"));
  to.speaker.changed();
  await until("the routes", () => received(to) === 20);
  to.speaker.rib.withdrawLocal("rt-constrain", membership("65000:100").nlri);
  to.speaker.changed();
  await until("no routes", () => received(to) === 0);
});

test("a peer that says no End-of-RIB of memberships gets its routes all the same, after a while", async () => {
  const port = await freePort();
  const s = await started(speakerConfig(us, port, { peers: [peerConfig(them, port, us, { passive: true, families })] }), {
    clock: hurriedClock(100),
  });
  const p = await connect(us, port);
  announceMacs(s, 0, 5);
  const { nlri } = membership("65000:100");
  const value = [0, 1, 132, 4, 10, 0, 0, 9, 0, ...nlri];
  const block = [0x80, 14, value.length, ...value, 0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100];
  p.sendRaw(2, [0, 0, 0, block.length, ...block]);
  await until("the membership", () => s.speaker.peers()[0]!.memberships === 1);
  await until("the routes", () => s.speaker.peers()[0]!.sent === 5);
});

test("a restarting speaker keeps its End-of-RIB of routes back, but never that of memberships", async () => {
  const port = await freePort();
  await started(
    speakerConfig(us, port, {
      peers: [peerConfig(them, port, us, { passive: true, families })],
      reflector: { clusterId: peerConfig(us, port, us).address },
    }),
    {
      restarting: true,
    },
  );
  const p = await connect(us, port);
  const ends = (): string[] =>
    p.received.flatMap((m) =>
      m.kind === "update"
        ? m.attributes.flatMap((a) => (a.kind === "mp-unreach" && a.routes.length === 0 ? [a.family as string] : []))
        : [],
    );
  await until("the End-of-RIB of memberships", () => ends().includes("rt-constrain"));
  const asked = p.received
    .flatMap((m) => (m.kind === "update" ? m.attributes : []))
    .some((a) => a.kind === "mp-reach" && a.family === "rt-constrain");
  assert.ok(asked, "it asks for everything until it knows what its clients want");
  assert.ok(!ends().includes("l2vpn-evpn"));
});

test("several paths of a route arrive when both sides want that, and are told apart", async () => {
  const port = await freePort();
  const addPath = { receive: true, send: "all" } as const;
  const [a, b] = ["127.13.0.3", "127.13.0.4"];
  const client = { client: true, passive: true };
  const rr = await started(
    speakerConfig(us, port, {
      reflector: { clusterId: peerConfig(us, port, us).address },
      peers: [peerConfig(a, port, us, client), peerConfig(b, port, us, client), peerConfig(them, port, us, { ...client, addPath })],
    }),
  );
  const to = await started(speakerConfig(them, port, { peers: [peerConfig(us, port, them, { addPath })] }));
  const senders: RunningSpeaker[] = [];
  for (const from of [a, b]) {
    const s = await started(speakerConfig(from, port, { peers: [peerConfig(us, port, from)] }));
    senders.push(s);
    await until("session", () => isUp(s, us));
    announceMacs(s, 0, 3);
  }
  await until("two paths of each", () => received(to) === 6);
  assert.equal(to.speaker.rib.stats().routes, 3);
  assert.deepEqual(rr.speaker.peers().find((p) => p.address === them)!.addPath, { receive: true, send: true });
  await senders[1]!.speaker.stop("shutdown");
  await until("one path of each", () => received(to) === 3);
});
