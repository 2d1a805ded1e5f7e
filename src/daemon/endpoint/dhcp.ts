// SPDX-License-Identifier: Apache-2.0
import type { HttpApp } from "../http-app.ts";
import type { DhcpProvider } from "../provider.ts";
import { Query } from "./query.ts";

export function serveDhcp(app: HttpApp, dhcp: DhcpProvider): void {
  app.get("/v1/dhcp/leases", (request) => {
    const domain = new Query(request.query, ["domain"]).text("domain");
    return dhcp.leases().filter((l) => domain === undefined || l.domain === domain);
  });
}
