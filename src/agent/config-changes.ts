// SPDX-License-Identifier: Apache-2.0
import type { AgentConfig } from "../contract/config/load.ts";
import { shortPrefix } from "./desired/nat/resolve-nat.ts";
import { sameValue } from "./desired/same-value.ts";

export interface ConfigChanges {
  /** One sentence for each difference. */
  readonly applied: readonly string[];
  /** Keys that a running agent cannot change. */
  readonly refused: readonly string[];
}

/** What differs between two configurations, in words for `weft reload`. */
export function configChanges(before: AgentConfig, after: AgentConfig): ConfigChanges {
  const refused: string[] = [];
  if (before.bgp.asn !== after.bgp.asn) refused.push("bgp.asn");
  if (before.bgp.routerId !== after.bgp.routerId) refused.push("bgp.routerId");
  if (before.host !== after.host) refused.push("host");
  if (!sameValue(before.duplicateDetection, after.duplicateDetection)) refused.push("duplicateDetection");
  const applied: string[] = [];
  if (!sameValue(before.vtep, after.vtep)) applied.push("VTEP settings change");
  if (before.adopt !== after.adopt)
    applied.push(after.adopt ? "devices of the administrator are adopted" : "no devices are adopted any more");
  if (before.discovery !== after.discovery)
    applied.push(after.discovery ? "addresses of workloads are heard" : "addresses of workloads are heard no more");
  if (before.audit.period !== after.audit.period) applied.push(`audit every ${after.audit.period} s`);
  applied.push(...byName("domain", before.domains, after.domains));
  applied.push(...byName("network", before.networks, after.networks));
  applied.push(...byName("port", before.ports, after.ports));
  if (!sameValue(before.public, after.public)) applied.push("public side changes");
  const named = (list: typeof before.floatingIps) => list.map((f) => ({ ...f, name: shortPrefix(f.address) }));
  applied.push(...byName("floating IP", named(before.floatingIps), named(after.floatingIps)));
  if (!sameValue({ ...before.bgp, bmp: [] }, { ...after.bgp, bmp: [] })) applied.push("BGP settings change");
  return { applied, refused };
}

function byName<T extends { readonly name: string }>(what: string, before: readonly T[], after: readonly T[]): string[] {
  const had = new Map(before.map((o) => [o.name, o]));
  const has = new Map(after.map((o) => [o.name, o]));
  const out: string[] = [];
  for (const [name, o] of has) {
    if (!had.has(name)) out.push(`${what} ${name} added`);
    else if (!sameValue(had.get(name), o)) out.push(`${what} ${name} changed`);
  }
  for (const name of had.keys()) if (!has.has(name)) out.push(`${what} ${name} removed`);
  return out;
}
