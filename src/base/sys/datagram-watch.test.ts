// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { DatagramWatch } from "./datagram-watch.ts";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, check, libc } from "./libc.ts";

/** Two ends of a datagram pair: any user may make one, and for the event loop it is as good as netlink. */
function datagramPair(): readonly [number, number] {
  const pair = [0, 0];
  check(libc.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), "socketpair");
  return [pair[0]!, pair[1]!];
}

function send(fd: number, text: string): void {
  check(libc.send(fd, Buffer.from(text), text.length, 0), "send");
}

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !done(); i++) await sleep(5);
  assert.ok(done(), "waited in vain");
}

test("this Node lets the event loop watch a replaced descriptor: each datagram comes whole and in order", async () => {
  const [ours, theirs] = datagramPair();
  const seen: string[] = [];
  const watch = new DatagramWatch(ours, {
    onDatagrams: (batch) => void seen.push(...batch.map((b) => Buffer.from(b).toString())),
    onError: (errno) => assert.fail(errno),
  });
  await nextTurn();
  for (let i = 0; i < 100; i++) send(theirs, `datagram ${i}`);
  await until(() => seen.length >= 100);
  assert.deepEqual(
    seen,
    Array.from({ length: 100 }, (_, i) => `datagram ${i}`),
  );
  assert.equal(watch.mode, "event-loop");
  watch.close();
  libc.close(theirs);
});

test("datagrams that wait together are handed on together", async () => {
  const [ours, theirs] = datagramPair();
  const sizes: number[] = [];
  for (let i = 0; i < 5; i++) send(theirs, "x");
  const watch = new DatagramWatch(ours, { onDatagrams: (batch) => void sizes.push(batch.length), onError: (errno) => assert.fail(errno) });
  await until(() => sizes.length > 0);
  assert.deepEqual(sizes, [5]);
  watch.close();
  libc.close(theirs);
});

test("a Node that no longer sees the descriptor is found out, and the watch polls", async (t) => {
  const [ours, theirs] = datagramPair();
  t.mock.method(libc, "dup3", () => 0); // as if the loop had registered the old descriptor already
  const seen: string[] = [];
  const watch = new DatagramWatch(ours, {
    onDatagrams: (batch) => void seen.push(...batch.map((b) => Buffer.from(b).toString())),
    onError: (errno) => assert.fail(errno),
  });
  send(theirs, "first");
  await until(() => seen.length === 1);
  assert.equal(watch.mode, "polling");
  send(theirs, "second");
  await until(() => seen.length === 2);
  assert.deepEqual(seen, ["first", "second"]);
  watch.close();
  libc.close(theirs);
});

test("nothing comes after close, and closing twice does no harm", async () => {
  const [ours, theirs] = datagramPair();
  let calls = 0;
  const watch = new DatagramWatch(ours, { onDatagrams: () => void calls++, onError: () => void calls++ });
  send(theirs, "never read");
  watch.close();
  watch.close();
  await sleep(20);
  assert.equal(calls, 0);
  libc.close(theirs);
});
