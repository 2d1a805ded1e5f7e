// SPDX-License-Identifier: Apache-2.0
/** What the tables of one domain look like from outside. */
import type { Ip } from "../../base/net/ip.ts";
import { macIpType, typeOf } from "../forward/candidate.ts";
import { resolvePrefix } from "../forward/prefix-paths.ts";
import type { DomainCounts, PrefixEntry } from "../rows.ts";
import { type Domain, isHost, type PrefixState } from "./domain.ts";

/** Over the prefixes that there are when it begins and still are when their turn comes. */
export function* prefixEntries(domain: Domain): Generator<PrefixEntry> {
  const states = [...domain.all()];
  for (const state of states) {
    const { domain: name, l3vni } = domain.vrf;
    const { prefix, installed: paths } = state;
    if (domain.find(prefix.ip, prefix.length) !== state) continue;
    const at = { domain: name, l3vni, prefix, source: sourceOf(state), paths };
    if (domain.isHere(state)) yield { ...at, state: "local", why: undefined };
    else if (paths.length > 0) yield { ...at, state: "installed", why: undefined };
    else yield { ...at, state: "unresolved", why: resolvePrefix(state).why };
  }
}

function sourceOf({ fact, subnets, candidates }: PrefixState): PrefixEntry["source"] {
  if (subnets > 0) return "subnet";
  if (fact) return fact.origin;
  return [...candidates].some((c) => typeOf(c) === macIpType) ? "host" : "prefix";
}

export function domainCounts(domain: Domain): DomainCounts {
  let [hosts, prefixes, unresolved, originated] = [0, 0, 0, 0];
  const vteps = new Set<Ip>();
  for (const state of domain.all()) {
    const { prefix, installed, announced } = state;
    if (announced) originated++;
    for (const path of installed) if (path.kind === "tunnel") vteps.add(path.vtep);
    if (installed.length === 0) {
      if (!domain.isHere(state)) unresolved++;
    } else if (isHost(prefix.ip, prefix.length)) hosts++;
    else prefixes++;
  }
  const networks = [...domain.networks].map((n) => n.vrf.network).toSorted();
  const routerMacConflicts = [...domain.routerMacs.conflicts()];
  return { networks, hosts, prefixes, unresolved, originated, vteps: vteps.size, routerMacConflicts };
}
