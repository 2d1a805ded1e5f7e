// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { toHex } from "../../src/base/bytes/hex.ts";
import { MessageFramer } from "../../src/bgp/speaker/message-framer.ts";
import { Random } from "../random.ts";
import type { Target } from "../target.ts";
import { around, captured, soundOpens, soundUpdates } from "./message.ts";

interface Cut {
  readonly messages: readonly string[];
  readonly fault: string | undefined;
}

/** What the framer makes of a stream that comes in pieces; `size` gives the next one's length. */
function cut(stream: Uint8Array, longest: number, size: () => number): Cut {
  const messages: string[] = [];
  let fault: string | undefined;
  const framer = new MessageFramer({
    message: (type, bytes, start, end) => {
      assert.equal(fault, undefined, "a message behind a fault");
      return messages.push(`${type} ${toHex(bytes.subarray(start, end))}`) > 0;
    },
    fault: (n, why) => {
      assert.equal(fault, undefined, "two faults");
      fault = `${n.code}/${n.subcode} ${toHex(n.data)} ${why}`;
    },
  });
  framer.longest = longest;
  for (let at = 0; at < stream.length;) {
    const end = Math.min(stream.length, at + size());
    // Octets of a read are not ours any more once the next one comes.
    const piece = stream.slice(at, end);
    const more = framer.push(piece);
    piece.fill(0xee);
    at = end;
    if (!more) break;
  }
  return { messages, fault };
}

function judge(input: Uint8Array): string {
  const words: string[] = [];
  // A wrong marker is reported once its header is complete: one more header makes sure that the last one is.
  const stream = Uint8Array.from([...input, ...new Uint8Array(19)]);
  for (const longest of [4096, 65535]) {
    const whole = cut(stream, longest, () => stream.length);
    const random = new Random(stream.length);
    assert.deepEqual(
      cut(stream, longest, () => 1 + random.below(60)),
      whole,
    );
    assert.deepEqual(
      cut(stream, longest, () => 1),
      whole,
    );
    for (const m of whole.messages) assert.ok(m.length / 2 <= longest);
    words.push(`${whole.messages.length}`, ...whole.messages.slice(0, 6).map((m) => m[0]!), whole.fault ?? "");
  }
  return words.join(" ").replaceAll(/0x[0-9a-f]+|\d{2,}/g, "#");
}

/** Octets of a connection: cut anywhere, they give the same messages and the same fault. */
export function streamTargets(): readonly Target[] {
  const keepalive = around(4, new Uint8Array(0));
  const open = [...captured(1), ...soundOpens()].slice(0, 5).map((b) => around(1, b));
  const update = [...captured(2), ...soundUpdates()].slice(0, 20).map((b) => around(2, b));
  const corpus = update.map((u, i) => Buffer.concat([open[i % open.length]!, keepalive, u, keepalive, update[(i + 1) % update.length]!]));
  return [
    { name: "stream/framer", corpus, longest: 20_000, run: judge, weight: 2, dictionary: [new Uint8Array(16).fill(0xff), keepalive] },
  ];
}
