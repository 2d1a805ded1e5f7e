// SPDX-License-Identifier: Apache-2.0
import { formatPrefix } from "../../base/net/prefix.ts";
import type { LocalRoute } from "../../bgp/rib/types.ts";
import { candidateKey } from "../forward/candidate.ts";
import { decodeEvpn, formatEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import type { EvpnOutput, PrefixPath } from "../types.ts";

/** What the kernel and the RIB hold who did exactly what they were told; complains of what changes nothing. */
export class FoldedTables {
  /** `network mac` → `vtep vni sequence sticky`, and so on. */
  readonly macs = new Map<string, string>();
  readonly neighbours = new Map<string, string>();
  readonly floods = new Map<string, string>();
  /** `domain prefix` → its paths. */
  readonly prefixes = new Map<string, string>();
  readonly routes = new Map<string, LocalRoute>();

  take(out: EvpnOutput): EvpnOutput {
    for (const f of out.forwarding) {
      if (f.kind === "prefix") {
        const paths = f.paths.map(pathText).join(", ");
        change(this.prefixes, `${f.domain} ${formatPrefix(f.prefix)}`, paths === "" ? undefined : paths);
      } else if (f.kind === "remote-mac") {
        const r = f.remote && `${f.remote.vtep} vni ${f.remote.vni} seq ${f.remote.sequence}${f.remote.sticky ? " sticky" : ""}`;
        change(this.macs, `${f.network} ${f.mac}`, r);
      } else if (f.kind === "remote-neighbour") change(this.neighbours, `${f.network} ${f.ip}`, f.mac);
      else if (f.kind === "flood") change(this.floods, `${f.network} ${f.vtep}`, f.present ? `vni ${f.vni}` : undefined);
    }
    for (const o of out.routes) {
      const key = candidateKey(o.kind === "withdraw" ? o.nlri : o.route.nlri)!;
      if (o.kind === "announce") this.routes.set(key, o.route);
      else if (!this.routes.delete(key)) throw new Error(`withdrawn but not announced: ${formatEvpn(decodeEvpn(o.nlri))}`);
    }
    return out;
  }
}

export function pathText(p: PrefixPath): string {
  if (p.kind === "domain") return `domain ${p.domain}`;
  return p.kind === "gateway" ? `${p.via} in ${p.network}` : `${p.vtep} ${p.routerMac} vni ${p.vni}${p.isForeign ? " foreign" : ""}`;
}

function change(table: Map<string, string>, key: string, value: string | undefined): void {
  if (table.get(key) === value) throw new Error(`a change that changes nothing: ${key} ${value}`);
  if (value === undefined) table.delete(key);
  else table.set(key, value);
}
