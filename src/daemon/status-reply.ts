// SPDX-License-Identifier: Apache-2.0
import type { HealthReply, Problem, StatusReply } from "../contract/inspect.ts";
import type { InspectContext } from "./inspect-context.ts";

export function statusReply(context: InspectContext, startedAt: number): StatusReply {
  const { ready, ...part } = context.provider.status();
  const phase = context.phase();
  const degraded = !ready || context.problems.errors().length > 0;
  return {
    component: context.component,
    version: context.version,
    pid: process.pid,
    uptime: Math.floor((context.clock.now() - startedAt) / 1_000),
    state: phase === "ready" && degraded ? "degraded" : phase,
    ...part,
    problems: context.problems.list(),
  };
}

/**
 * `live`: the process answers, so it is. `ready`: it does its work, whatever its surroundings do.
 * `all`: besides, nothing of ours is broken. A session that is down may be the other side's fault and is only a warning.
 */
export function healthReply(status: StatusReply, errors: readonly Problem[], kind: "live" | "ready" | "all"): HealthReply {
  const reasons: string[] = [];
  if (kind !== "live" && (status.state === "starting" || status.state === "stopping"))
    reasons.push(`the ${status.component} is ${status.state}`);
  if (kind === "all") reasons.push(...errors.map((p) => `${p.code}: ${p.object}: ${p.message}`));
  if (kind === "all" && status.state === "degraded" && reasons.length === 0) reasons.push("not everything that is wanted is in place yet");
  return { status: reasons.length === 0 ? "ok" : "failing", state: status.state, reasons };
}
