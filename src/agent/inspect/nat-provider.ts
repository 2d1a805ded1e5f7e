// SPDX-License-Identifier: Apache-2.0
import { formatPrefix } from "../../base/net/prefix.ts";
import type { FloatingIpRow, OutboundRow } from "../../contract/inspect.ts";
import type { NatProvider } from "../../daemon/provider.ts";
import type { Count, Listing } from "../../nftables/listing.ts";
import { connectionsRefused, floatingIn, floatingOut, natTable, untranslated } from "../desired/nat/domain-table.ts";
import { notForHost, notForwarded, portsExhausted } from "../desired/nat/host-table.ts";
import { type FloatingState, shortPrefix } from "../desired/nat/resolve-nat.ts";
import { hostNamespace, keyOf, type NamespaceName } from "../desired/object.ts";
import type { Vtep } from "../vtep.ts";
import { connectionsIn } from "./tracked-connections.ts";
import { listOwn } from "./own-listing.ts";

/** NAT of this host in the rows of `weft nat …`. Counts are read from the kernel when somebody asks. */
export function natProvider(vtep: Vtep): NatProvider {
  return {
    floating: () => floatingRows(vtep),
    outbound: () => outboundRows(vtep),
  };
}

function floatingRows(vtep: Vtep): readonly FloatingIpRow[] {
  const listings = new Map<NamespaceName, Listing | undefined>();
  for (const d of vtep.nat.plan.domains) listings.set(d.domain, listOwn(d.ns, natTable));
  return vtep.nat.plan.floating.map((f): FloatingIpRow => {
    const listing = f.domain === undefined ? undefined : listings.get(f.domain);
    const { state, reason } = floatingStateOf(vtep, f);
    return {
      address: shortPrefix(f.address),
      port: f.port ?? null,
      domain: f.domain ?? null,
      inner: f.inner ? shortPrefix(f.inner) : null,
      state,
      announce: f.announce,
      in: sum(f, listing, "outer"),
      out: sum(f, listing, "inner"),
      reason: reason ?? null,
    };
  });
}

/** Active means that the kernel has all of it. */
function floatingStateOf(vtep: Vtep, f: FloatingState): { readonly state: FloatingIpRow["state"]; readonly reason: string | undefined } {
  if (f.state !== "active") return { state: f.state, reason: f.reason };
  const { reconciler } = vtep;
  const ns = vtep.nat.plan.domains.find((d) => d.domain === f.domain)?.ns ?? "";
  const keys = [hostNamespace, ns].map((where) => keyOf({ kind: "ruleset", ns: where, table: natTable }));
  const device = vtep.nat.plan.public?.interface ?? "";
  if (f.announce.includes("arp"))
    for (const { outer } of f.pairs) keys.push(keyOf({ kind: "proxy", ns: hostNamespace, dev: device, ip: outer }));
  for (const key of keys) {
    const reason = reconciler.failures.get(key)?.failure.message ?? reconciler.conflicts.get(key)?.reason;
    if (reason !== undefined) return { state: "failing", reason };
    const waiting = reconciler.waiting.get(key);
    if (waiting !== undefined) return { state: "pending", reason: waiting.reason };
  }
  return { state: "active", reason: undefined };
}

function sum(f: FloatingState, listing: Listing | undefined, by: "outer" | "inner"): Count {
  const names = by === "outer" ? floatingIn : floatingOut;
  let [packets, bytes] = [0, 0];
  for (const pair of f.pairs) {
    const set = listing?.sets.get(pair.outer.includes(":") ? names.ip6 : names.ip4);
    const count = set?.counts.get(pair[by]);
    packets += count?.packets ?? 0;
    bytes += count?.bytes ?? 0;
  }
  return { packets, bytes };
}

function outboundRows(vtep: Vtep): readonly OutboundRow[] {
  const { public: pub, domains } = vtep.nat.plan;
  if (!pub) return [];
  const host = listOwn(hostNamespace, natTable);
  const exhausted = host?.counters.get(portsExhausted)?.packets ?? 0;
  return domains.flatMap((d): OutboundRow[] => {
    if (!d.outbound) return [];
    const inside = listOwn(d.ns, natTable);
    const { first, last } = d.outbound.ports ?? pub.ports;
    return [
      {
        domain: d.domain,
        address: pub.address ?? null,
        ports: `${first}-${last}`,
        link: d.link.insideAddress,
        source: d.outbound.source,
        connections: connectionsIn(d.ns),
        limit: d.outbound.connections ?? null,
        refused: inside?.counters.get(connectionsRefused)?.packets ?? 0,
        exhausted,
        untranslated: inside?.counters.get(untranslated)?.packets ?? 0,
        announced: d.announced.map(formatPrefix),
      },
    ];
  });
}

/** Packets that the tables of NAT dropped, by the name of the counter and the domain; of the host's the domain is empty. */
export function natDrops(vtep: Vtep): readonly { readonly domain: string; readonly reason: string; readonly packets: number }[] {
  const { public: pub, domains } = vtep.nat.plan;
  if (!pub || domains.length === 0) return [];
  const of = (ns: NamespaceName, domain: string, reasons: readonly string[]) => {
    const counters = listOwn(ns, natTable)?.counters;
    return reasons.map((reason) => ({ domain, reason, packets: counters?.get(reason)?.packets ?? 0 }));
  };
  return [
    ...of(hostNamespace, "", [portsExhausted, notForwarded, notForHost]),
    ...domains.flatMap((d) => of(d.ns, d.domain, [connectionsRefused, untranslated])),
  ];
}
