// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import type { EventRow } from "../../contract/inspect.ts";
import type { EventLog } from "../event-log.ts";
import { type HttpApp, written } from "../http-app.ts";

/** Octets that may wait for a follower that does not read; what comes then is skipped, and the follower is told how much. */
const mostWaiting = 1 << 20;

/** GET /v1/events: NDJSON, the kept events, then with `follow=1` every new one until the client goes. */
export function serveEvents(app: HttpApp, journal: EventLog): void {
  const open = new Set<ServerResponse>();
  app.get("/v1/events", (request, reply) => {
    const out = reply.raw;
    out.writeHead(200, { "content-type": "application/x-ndjson" });
    for (const row of journal.events()) out.write(`${JSON.stringify(row)}\n`);
    if (request.query.follow === undefined || request.query.follow === "0") {
      out.end();
      return written;
    }
    out.flushHeaders();
    open.add(out);
    const unfollow = journal.follow(followerOf(out));
    out.on("close", () => {
      unfollow();
      open.delete(out);
    });
    return written;
  });
  app.onClose(() => {
    for (const out of open) out.end();
  });
}

function followerOf(out: ServerResponse): (row: EventRow) => void {
  let skipped = 0;
  return (row) => {
    if (out.writableLength > mostWaiting) {
      skipped++;
      return;
    }
    if (skipped > 0) {
      const message = `${skipped} events were skipped because the reader was too slow`;
      out.write(`${JSON.stringify({ time: row.time, event: "inspect.events-skipped", message, fields: { count: skipped } })}\n`);
      skipped = 0;
    }
    out.write(`${JSON.stringify(row)}\n`);
  };
}
