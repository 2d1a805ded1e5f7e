// SPDX-License-Identifier: Apache-2.0
import type { InspectContext } from "../inspect-context.ts";
import { healthReply, statusReply } from "../status-reply.ts";
import type { HttpApp } from "../http-app.ts";

/** `/metrics` and `/health…`: what machines watch; the only endpoints that are served over TCP too. */
export function serveHealth(app: HttpApp, context: InspectContext, startedAt: number): void {
  for (const [path, kind] of [
    ["/health", "all"],
    ["/health/live", "live"],
    ["/health/ready", "ready"],
  ] as const) {
    app.get(path, (_request, reply) => {
      const health = healthReply(statusReply(context, startedAt), context.problems.errors(), kind);
      reply.status = health.status === "ok" ? 200 : 503;
      return health;
    });
  }
  app.get("/metrics", (_request, reply) => {
    reply.type = context.metrics.contentType;
    return context.metrics.text();
  });
}

export function serveProcess(app: HttpApp, context: InspectContext, startedAt: number): void {
  app.get("/v1/status", () => statusReply(context, startedAt));
  app.post("/v1/reload", () => context.reload());
}
