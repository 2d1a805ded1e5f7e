// SPDX-License-Identifier: Apache-2.0
import { Readable } from "node:stream";
import type { HttpReply } from "../http-app.ts";

/** Pieces that may wait for a reader that is slower than we are. */
const mostWaiting = 2;

/** Answers with NDJSON, a piece at a time and no faster than it is read; a reader that goes away ends the making of it. */
export function sendLines(reply: HttpReply, pieces: AsyncIterable<string>): Readable {
  reply.type = "application/x-ndjson";
  return Readable.from(pieces, { highWaterMark: mostWaiting });
}
