// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, test } from "node:test";
import { duplicate } from "../../base/sys/tcp-socket.ts";
import { receiveInto } from "./receive-into.ts";
import { until } from "./testing/speakers.ts";

const accepted: net.Socket[] = [];
const server = net.createServer({ pauseOnConnect: true }, (socket) => accepted.push(socket)).listen(0, "127.0.0.1");
await once(server, "listening");
after(() => server.close());

async function pair(): Promise<{ readonly far: net.Socket; readonly near: net.Socket }> {
  const far = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  await once(far, "connect");
  const near = await until("the other end", () => accepted.shift());
  return { far, near };
}

/** Of 256 KiB that repeat every 251 octets. */
const many = Uint8Array.from({ length: 256 * 1024 }, (_, i) => i % 251);

for (const [how, copy] of [
  ["into the shared buffer", duplicate],
  [
    "as usual, when no descriptor is left",
    (): number => {
      throw new Error("EMFILE");
    },
  ],
] as const) {
  test(`a socket is read ${how}, and stops when told to`, async () => {
    const { far, near } = await pair();
    const got: number[] = [];
    let go = false;
    let calls = 0;
    const own = receiveInto(
      near,
      (bytes, length) => {
        calls++;
        got.push(...bytes.subarray(0, length));
        return go;
      },
      copy,
    );
    own.resume();
    far.write(many);
    await until("the first octets", () => calls > 0);
    const { port } = near.destroyed ? { port: own.remotePort } : { port: near.remotePort };
    assert.equal(port, far.localPort);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.equal(calls, 1, "it was told to stop after the first read");
    go = true;
    own.resume();
    await until("all octets", () => got.length === many.length);
    assert.deepEqual(Uint8Array.from(got), many);
    const ended = once(own, "end");
    far.end();
    own.resume();
    await ended;
    own.destroy();
  });
}

test("sockets that share the buffer do not see each other's octets", async () => {
  const pairs = [await pair(), await pair()];
  const texts = ["", ""];
  const own = pairs.map(({ near }, i) =>
    receiveInto(near, (bytes, length) => {
      texts[i] += Buffer.from(bytes.subarray(0, length)).toString();
      return true;
    }),
  );
  for (const [i, { far }] of pairs.entries()) far.write(`${i}`.repeat(1000 + i));
  await until("both", () => texts[0]!.length === 1000 && texts[1]!.length === 1001);
  assert.deepEqual(texts, ["0".repeat(1000), "1".repeat(1001)]);
  for (const s of [...own, ...pairs.map((p) => p.far)]) s.destroy();
});
