// SPDX-License-Identifier: Apache-2.0
import { setImmediate as nextTurn } from "node:timers/promises";
import { lastErrno, libc } from "../../base/sys/libc.ts";
import { errnoName } from "../../base/sys/errors.ts";
import { NetlinkConnectionError } from "../errors.ts";
import { type DumpFilters, dumpRequests, matchesFilter } from "../route/dump.ts";
import type { NetlinkObject, NetlinkObjects } from "../route/request.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import type { SlicedDumpOptions } from "./conn.ts";
import { DumpAnswer, interruptedError } from "./dump-answer.ts";
import { openNetlinkSocket, receive } from "./netlink-socket.ts";

const receiveBuffer = 1 << 20;
const answerTimeoutSeconds = 30;
const attempts = 16;
const defaultSliceMs = 5;

/**
 * Dumps a table over a socket of its own, giving the loop a turn whenever `sliceMs` have passed: the kernel makes the next part
 * when the last one was taken, so a dump may rest in between. See `NetlinkConn.dumpInSlices` for what the rests mean.
 */
export async function* dumpInSlices<K extends NetlinkObject>(
  namespace: string | undefined,
  object: K,
  filter: DumpFilters[K],
  { sliceMs = defaultSliceMs, isKnown }: SlicedDumpOptions,
): AsyncGenerator<readonly NetlinkObjects[K][]> {
  const fd = openNetlinkSocket({ namespace, receiveBuffer, blocking: true, timeoutSeconds: answerTimeoutSeconds });
  const buffer = new Uint8Array(1 << 16);
  const writer = new MessageWriter(64);
  let sequence = 0;
  try {
    for (const encode of dumpRequests[object](filter)) {
      for (let attempt = 1; ; attempt++) {
        writer.reset();
        encode(writer, ++sequence);
        send(fd, writer.view());
        const answer = new DumpAnswer(object, sequence, isKnown);
        let since = performance.now();
        for (let open = true; open;) {
          open = answer.take(buffer, received(fd, buffer));
          if (open && performance.now() - since < sliceMs) continue;
          yield answer.drain().filter((value) => matchesFilter[object](value, filter));
          await nextTurn();
          since = performance.now();
        }
        if (!answer.interrupted) break;
        if (attempt === attempts) throw interruptedError(object, attempts);
      }
    }
  } finally {
    libc.close(fd);
  }
}

function send(fd: number, bytes: Uint8Array): void {
  for (;;) {
    if (libc.send(fd, bytes, bytes.length, 0) >= 0) return;
    const errno = errnoName(lastErrno());
    if (errno !== "EINTR") throw new NetlinkConnectionError(`netlink send: ${errno}`);
  }
}

function received(fd: number, buffer: Uint8Array): number {
  const n = receive(fd, buffer);
  if (typeof n === "number") return n;
  throw new NetlinkConnectionError(n === "EAGAIN" ? `no answer from the kernel in ${answerTimeoutSeconds} s` : `netlink receive: ${n}`);
}
