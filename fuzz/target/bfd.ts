// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { fromHex, toHex } from "../../src/base/bytes/hex.ts";
import type { Ip } from "../../src/base/net/ip.ts";
import { Counts } from "../../src/bfd/engine/counts.ts";
import { Engine } from "../../src/bfd/engine/engine.ts";
import { decodeControlPacket, encodeControlPacket } from "../../src/bfd/packet/control-packet.ts";
import type { Target } from "../target.ts";

const corpus = [
  "20c003180000000100000002000493e0000493e00000c350",
  "2040031800000001000000000000000f424000000f42400000c350",
  "21600318000000010000000700000001000000010000c350",
  "20c4031c0000000100000002000493e0000493e00000c35001040178",
].map((hex) => fromHex(hex)!);

const [local, peer] = ["10.0.0.1" as Ip, "10.0.0.2" as Ip];

/** A packet, and packets that follow each other in one session whose discriminator is 7. */
export function bfdTargets(): readonly Target[] {
  return [
    {
      name: "bfd/packet",
      corpus,
      longest: 80,
      run(input) {
        const decoded = decodeControlPacket(input);
        if ("discard" in decoded) return decoded.discard;
        assert.equal(toHex(encodeControlPacket(decoded.packet)), toHex(Uint8Array.from(input.subarray(0, 24)).with(3, 24)));
        return decoded.packet.state;
      },
    },
    { name: "bfd/session", corpus: [Buffer.concat(corpus)], longest: 24 * 40, run: runSession },
  ];
}

function runSession(input: Uint8Array): string {
  let now = 0;
  const counts = new Counts();
  const words = new Set<string>();
  const engine = new Engine({
    counts,
    now: () => now,
    random: () => 0.5,
    discriminator: () => 7,
    send: (_, packet) => "packet" in decodeControlPacket(packet) || assert.fail("a packet that nobody takes"),
    tell: (notice) => void words.add(notice.kind === "down" ? notice.cause : notice.kind),
  });
  const config = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMultiplier: 3 };
  engine.want({ local, peer, multihop: false, config });
  for (let at = 0; at < input.length; at += 24) {
    engine.receive({ bytes: input.subarray(at, at + 24), source: peer, destination: local, ttl: 255, multihop: false });
    now += 250;
    engine.runDue();
  }
  words.add(engine.rows()[0]!.state);
  for (const [rule, n] of counts.read().discards) if (n > 0) words.add(rule);
  return [...words].toSorted().join("; ");
}
