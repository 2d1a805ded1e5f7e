// SPDX-License-Identifier: Apache-2.0
/** Every event and count of DHCP, router advertisements and DNS. */
import { eventKind } from "../../base/run/journal.ts";
import { counter, gauge } from "../../base/run/metrics.ts";

export const serverStarted = eventKind<{ domain: string; pid: number; networks: number }>(
  "dhcp.server-started",
  "info",
  (f) => `DHCP and DNS of domain ${f.domain} are served for ${f.networks} networks (pid ${f.pid})`,
);
export const serverAdopted = eventKind<{ domain: string; pid: number }>(
  "dhcp.server-adopted",
  "info",
  (f) => `the server of domain ${f.domain} went on meanwhile (pid ${f.pid})`,
);
export const serverEnded = eventKind<{ domain: string; pid: number; why: string }>(
  "dhcp.server-ended",
  "info",
  (f) => `the server of domain ${f.domain} (pid ${f.pid}) is ended: ${f.why}`,
);
export const serverFailed = eventKind<{ domain: string; reason: string; retry: number }>(
  "dhcp.server-failed",
  "error",
  (f) => `DHCP and DNS of domain ${f.domain}: ${f.reason}; tried again in ${f.retry} ms`,
);
export const leaseGiven = eventKind<{ domain: string; ip: string; name: string }>(
  "dhcp.lease-given",
  "info",
  (f) => `${f.ip} in domain ${f.domain} is given to ${f.name || "a workload without a name"}`,
);
export const leaseEnded = eventKind<{ domain: string; ip: string; name: string }>(
  "dhcp.lease-ended",
  "info",
  (f) => `${f.ip} in domain ${f.domain} is given back by ${f.name || "a workload without a name"}, or was not asked for again`,
);
export const requestRefused = eventKind<{ domain: string; said: string; requests: number }>(
  "dhcp.request-refused",
  "warn",
  (f) => `${f.requests} requests in domain ${f.domain} got no address: ${f.said}`,
);

export const servers = gauge("weft_dhcp_servers", "Domains whose DHCP and DNS are served now");
export const leases = gauge("weft_dhcp_leases", "Addresses that workloads have by DHCP", ["domain", "family"]);
export const starts = counter("weft_dhcp_server_starts_total", "Starts of a server", ["domain"]);
export const refused = counter("weft_dhcp_refused_total", "Requests that got no address, by a workload that is not declared", ["domain"]);
export const crossing = gauge("weft_dhcp_crossing_frames", "Frames of DHCP and router discovery kept from leaving or entering this host", [
  "domain",
]);
