// SPDX-License-Identifier: Apache-2.0
import type { HttpApp } from "../http-app.ts";
import type { NatProvider } from "../provider.ts";

export function serveNat(app: HttpApp, nat: NatProvider): void {
  app.get("/v1/nat/floating", () => nat.floating());
  app.get("/v1/nat/outbound", () => nat.outbound());
}
