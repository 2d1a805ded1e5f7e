// SPDX-License-Identifier: Apache-2.0
/** A recording on a file system that runs full: it ends, and the reflector that wrote it does not notice. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Ip } from "../../src/base/net/ip.ts";
import { startWeft, weft, weftReady } from "../../src/lab/peer/weft.ts";
import { command, tryCommand } from "../../src/lab/system/command.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { readRecording } from "../../src/record/read-recording.ts";
import { replay } from "../../src/replay/replay.ts";
import { RawPeer, rawMessage } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("recfull");
const disk = `${net.folder}/disk`;
let rr: Place;

before(async () => {
  mkdirSync(disk);
  await command(["mount", "-t", "tmpfs", "-o", "size=128k", "weft-test", disk]);
  rr = await net.host("rr");
  await net.ip(rr, ["address add 10.0.0.4/32 dev lo", "address add 10.0.0.5/32 dev lo", "address add 10.0.0.6/32 dev lo"]);
  const bgp = { asn: 65000, routerId: "10.0.0.4", listen: ["10.0.0.4"], reflector: {} };
  const config = { host: "rr", bgp: { ...bgp, dynamicPeers: [{ range: "10.0.0.0/24", asn: 65000, client: true }] } };
  await startWeft(rr, "reflector", { config, env: { WEFT_RECORD: `${disk}/rr.jsonl` } });
  await weftReady(rr, "reflector");
});

after(async () => {
  await tryCommand(["umount", "--lazy", disk]);
  await net.remove();
});

/** A type-3 route of 10.0.0.5 with a route distinguisher of its own. */
function route(n: number): Uint8Array {
  const nlri = `0311 00010a000005${n.toString(16).padStart(4, "0")} 00000000 20 0a000005`;
  const attributes = ["40010100", "400200", "40050400000064", "c010080002fde800000064", `800e1c 0019 46 04 0a000005 00 ${nlri}`];
  const octets = Buffer.from(attributes.join("").replaceAll(" ", ""), "hex");
  return rawMessage(2, [0, 0, octets.length >> 8, octets.length & 255, ...octets]);
}

test("routes go on when the recording cannot, and what is on the disk can be replayed", async () => {
  const to = "10.0.0.4" as Ip;
  const sender = await RawPeer.established(rr, { from: "10.0.0.5" as Ip, to });
  const receiver = await RawPeer.established(rr, { from: "10.0.0.6" as Ip, to });
  const count = 3000;
  sender.send(...Array.from({ length: count }, (_, n) => route(n)));
  await waitFor("the end of the recording", async () => (await weft(rr, ["events"])).stdout.includes("record.ended"));
  assert.match((await weft(rr, ["events"])).stdout, /rr\.jsonl ends after \d+ lines: ENOSPC/);
  await waitFor("all routes at the other client", () => {
    const octets = receiver.received.filter((m) => m.type === 2).reduce((sum, m) => sum + m.body.length, 0);
    return octets > count * 19;
  });
  const recording = readRecording(`${disk}/rr.jsonl`);
  assert.equal(recording.brokenOff, true);
  assert.ok(readFileSync(`${disk}/rr.jsonl`).length > 100_000);
  const { difference, inputs } = await replay(recording);
  assert.equal(difference, undefined, JSON.stringify(difference));
  assert.ok(inputs > 100, String(inputs));
  sender.close();
  receiver.close();
});
