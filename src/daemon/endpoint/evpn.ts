// SPDX-License-Identifier: Apache-2.0
import { parsePrefix, prefixContains } from "../../base/net/prefix.ts";
import type { ClearReply, PrefixRow } from "../../contract/inspect.ts";
import { Slices } from "../../base/run/slices.ts";
import { RequestError } from "../errors.ts";
import type { EvpnFilter, EvpnProvider, KernelProvider } from "../provider.ts";
import { present, Query } from "./query.ts";
import { sendRows } from "./send-rows.ts";
import type { HttpApp } from "../http-app.ts";

const filterKeys = ["network", "vni", "mac", "ip"];

interface Filterable {
  readonly network: string;
  readonly vni: number;
  readonly mac?: string | null;
  readonly ip?: string | null;
  readonly ips?: readonly string[];
  readonly vtep?: string;
  readonly port?: string;
}

function matches(filter: EvpnFilter, row: Filterable): boolean {
  if (filter.network !== undefined && row.network !== filter.network) return false;
  if (filter.vni !== undefined && row.vni !== filter.vni) return false;
  if (filter.mac !== undefined && row.mac !== filter.mac) return false;
  return filter.ip === undefined || row.ip === filter.ip || (row.ips?.includes(filter.ip) ?? false);
}

/** What tells the rows of one network apart. */
function keyOf(row: Filterable): string {
  return row.port ?? row.ip ?? row.mac ?? row.vtep ?? "";
}

/** Numbers within text by their value: 10.0.0.9 before 10.0.0.10. */
const numeric = new Intl.Collator("en", { numeric: true }).compare;

/** Most rows that are compared are of one network. */
function inOrder(a: string, b: string): number {
  return a === b ? 0 : numeric(a, b);
}

/** Of one turn of the loop that is spent on a table, ms. */
const slice = 4;

/** @throws RequestError */
function readFilter(evpn: EvpnProvider, values: unknown): EvpnFilter {
  const q = new Query(values, filterKeys);
  const network = q.text("network");
  if (network !== undefined && !evpn.hasNetwork(network)) {
    throw new RequestError("WEFT_NOT_FOUND", `no network is named "${network}"; weft evpn networks lists them`);
  }
  return present({ network, vni: q.number("vni", 0, 0xffffff), mac: q.mac("mac"), ip: q.ip("ip") });
}

export function serveEvpn(app: HttpApp, evpn: EvpnProvider): void {
  const slices = new Slices(slice);
  const table = (path: string, rowsOf: (filter: EvpnFilter) => Iterable<Filterable>): void => {
    app.get(path, (request, reply) => {
      const filter = readFilter(evpn, request.query);
      const matching = (row: Filterable): boolean => matches(filter, row);
      const compare = (a: Filterable, b: Filterable): number => inOrder(a.network, b.network) || inOrder(keyOf(a), keyOf(b));
      return sendRows(reply, slices, { rows: rowsOf(filter), matches: matching, compare });
    });
  };
  app.get("/v1/evpn/domains", (_, reply) =>
    sendRows(reply, slices, { rows: evpn.domains(), matches: () => true, compare: (a, b) => inOrder(a.domain, b.domain) }),
  );
  app.get("/v1/evpn/prefixes", (request, reply) => {
    const q = new Query(request.query, ["domain", "ip"]);
    const [domain, ip] = [q.text("domain"), q.ip("ip")];
    if (domain !== undefined && !evpn.hasDomain(domain))
      throw new RequestError("WEFT_NOT_FOUND", `no domain is named "${domain}"; weft evpn domains lists them`);
    const holds = (row: PrefixRow): boolean => ip === undefined || prefixContains(parsePrefix(row.prefix)!, ip);
    const compare = (a: PrefixRow, b: PrefixRow): number => inOrder(a.domain, b.domain) || inOrder(a.prefix, b.prefix);
    return sendRows(reply, slices, { rows: evpn.prefixes(domain), matches: holds, compare });
  });
  table("/v1/evpn/networks", () => evpn.networks());
  table("/v1/evpn/ports", () => evpn.ports());
  table("/v1/evpn/vteps", ({ network }) => evpn.vteps(network));
  table("/v1/evpn/macs", ({ network, mac }) => evpn.macs(network, mac));
  table("/v1/evpn/neighbours", ({ network }) => evpn.neighbours(network));
  table("/v1/evpn/duplicates", () => evpn.duplicates());
  app.post("/v1/evpn/duplicates/clear", (request): ClearReply => {
    const { network, mac, ip } = readFilter(evpn, request.body);
    return { cleared: evpn.clearDuplicates(present({ network, mac, ip })) };
  });
}

export function serveKernel(app: HttpApp, kernel: KernelProvider): void {
  app.get("/v1/kernel/diff", () => kernel.diff());
}
