// SPDX-License-Identifier: Apache-2.0
/** Every attribute that we read, malformed in every way, against a `weft reflector`: RFC 7606, seen by another client. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PeerRow } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { weftRunFolder } from "../../src/lab/peer/weft.ts";
import type { RawPeer } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";
import { Arena } from "./arena.ts";
import type { Observer } from "./observer.ts";
import { type Side, updateCases } from "./update-cases.ts";

const net = new Scratch("hosupd");
let arena: Arena;
let observer: Observer;
/** Senders, and the UPDATEs that broke a rule in the session at hand. */
const senders = new Map<Side, { peer: RawPeer; malformed: number }>();
const sides: readonly Side[] = ["internal", "external"];

before(async () => {
  arena = await Arena.start(net, "weft");
  observer = await arena.observer();
  for (const side of sides) senders.set(side, { peer: await arena.established({}, side), malformed: 0 });
});
after(async () => await net.remove());

async function row(peer: string): Promise<PeerRow> {
  return (await inspect<readonly PeerRow[]>(weftRunFolder(arena.reflector), "/v1/bgp/peers")).find((p) => p.peer === peer)!;
}

/** Sound, though nobody knows them. */
const sound = /that nobody knows$/;

for (const side of sides) {
  for (const c of updateCases(side)) {
    test(`${side}: ${c.what}: ${c.wanted.join(" or ")}`, async () => {
      const sender = senders.get(side)!;
      const outcome = await arena.judge(c, side, sender.peer, observer);
      assert.ok(c.wanted.includes(outcome), `${outcome} instead`);
      assert.deepEqual(observer.faults, []);
      if (outcome === "reset") {
        assert.match(await sender.peer.refusal(), /^3\//);
        senders.set(side, { peer: await arena.established({}, side), malformed: 0 });
        return;
      }
      // An attribute that does not belong there is ignored when it is sound, and told all the same.
      const { malformed } = await row(sender.peer.address);
      if (!sound.test(c.what) && !(side === "external" && c.what === "LOCAL_PREF missing")) sender.malformed++;
      assert.equal(malformed, sender.malformed, "it is counted");
    });
  }
}

test("who watched was told nothing that is not sound, and lost no session", async () => {
  const { state, flaps, lastError } = await row(observer.peer.address);
  assert.deepEqual({ state, flaps, lastError }, { state: "established", flaps: 0, lastError: null });
});
