// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { openFrom } from "../session/testing/samples.ts";
import { keepalive } from "../wire/keepalive.ts";
import { capabilitiesOf } from "../wire/open.ts";
import { ScriptedPeer } from "./testing/scripted-peer.ts";
import { isUp, macRoute, makeSpeaker, peerConfig, speakerConfig, until } from "./testing/speakers.ts";

const [us, peer] = ["127.9.1.1", "127.9.1.2"];

test("what a peer announces in vain is counted by reason; a family that is not held does not disturb the session", async (t) => {
  const families = ["l2vpn-evpn", "ipv4-unicast"] as const;
  const s = makeSpeaker(speakerConfig(us, 0, { peers: [peerConfig(peer, 1, us, { passive: true, families })] }));
  t.after(async () => await s.speaker.stop("shutdown"));
  await s.speaker.start();
  const p = await ScriptedPeer.connect(peer, us, s.speaker.listening[0]!.port);
  t.after(() => p.socket.destroy());
  const plain = openFrom();
  const capabilities = [...capabilitiesOf(plain), { kind: "multiprotocol" as const, family: "ipv4-unicast" as const }];
  p.send({ ...plain, parameters: [{ kind: "capabilities", capabilities }] }, keepalive);
  await until("session", () => isUp(s, peer));
  const own = [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100];
  const reach = [0x80, 14, 44, 0, 25, 70, 4, 10, 0, 0, 2, 0, ...macRoute(1).nlri];
  const update = (...block: number[]): void => p.sendRaw(2, [0, 0, 0, block.length, ...block]);
  // 192.0.2.0/24 in the body of the message.
  p.sendRaw(2, [0, 0, 0, own.length, ...own, 24, 192, 0, 2]);
  update(...own, ...reach.with(36, 47));
  update(...own.with(3, 9), ...reach);
  // ORIGINATOR_ID: our own identifier.
  update(...own, 0x80, 9, 4, 127, 9, 1, 1, ...reach);
  update(...own, ...reach);
  const state = await until("the sound route", () => s.speaker.peers().find((x) => x.received === 1));
  assert.deepEqual(state.dropped, {
    "as-loop": 0,
    "originator-loop": 1,
    "cluster-loop": 0,
    "malformed-attribute": 1,
    "malformed-route": 1,
    "other-family": 1,
  });
  assert.deepEqual([state.phase, state.families.toSorted(), state.malformed], ["established", families.toSorted(), 2]);
  p.socket.destroy();
  await until("the end", () => !isUp(s, peer));
  assert.deepEqual(s.speaker.peers()[0]!.dropped, {});
});
