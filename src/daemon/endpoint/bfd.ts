// SPDX-License-Identifier: Apache-2.0
import type { BfdProvider } from "../provider.ts";
import type { HttpApp } from "../http-app.ts";

export function serveBfd(app: HttpApp, bfd: BfdProvider): void {
  app.get("/v1/bfd/peers", () => bfd.peers());
}
