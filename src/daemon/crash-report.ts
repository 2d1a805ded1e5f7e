// SPDX-License-Identifier: Apache-2.0
import os from "node:os";
import { withoutSecrets } from "../contract/config/without-secrets.ts";
import type { StatusReply } from "../contract/inspect.ts";
import type { InspectContext } from "./inspect-context.ts";
import { statusReply } from "./status-reply.ts";

/** Events of the last moments that go along. */
const lastEvents = 200;

/** Everything that somebody who was not there needs: no secrets in it, so that it can be sent on. */
export interface CrashReport {
  readonly component: string;
  readonly version: string;
  readonly pid: number;
  readonly time: string;
  /** Of the error that nobody foresaw. */
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly runtime: { readonly node: string; readonly system: string; readonly memory: NodeJS.MemoryUsage; readonly uptime: number };
  /** Without passwords. */
  readonly config: unknown;
  /** As `weft status` would have had it, or why it could not be told any more. */
  readonly status: StatusReply | string;
  readonly events: readonly object[];
  /** In Prometheus' text format; undefined when they could not be collected. */
  readonly metrics: string | undefined;
}

/** What can be said at once. Never throws: parts that the fault has broken say so. */
export function crashReport(error: unknown, context: InspectContext, config: unknown, startedAt: number): CrashReport {
  const { name, message, stack } = error instanceof Error ? error : { name: "not an Error", message: String(error), stack: undefined };
  return {
    component: context.component,
    version: context.version,
    pid: process.pid,
    time: new Date(context.clock.wall()).toISOString(),
    name,
    message,
    stack,
    runtime: {
      node: process.version,
      system: `${os.type()} ${os.release()} ${os.arch()}`,
      memory: process.memoryUsage(),
      uptime: Math.floor(process.uptime()),
    },
    config: withoutSecrets(config),
    status: statusOf(context, startedAt),
    events: context.journal.events().slice(-lastEvents),
    metrics: undefined,
  };
}

function statusOf(context: InspectContext, startedAt: number): StatusReply | string {
  try {
    return statusReply(context, startedAt);
  } catch (error) {
    return `cannot be told: ${String(error)}`;
  }
}
