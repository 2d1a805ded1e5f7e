// SPDX-License-Identifier: Apache-2.0
/** What came out of a step, a line each. */
import { formatPrefix } from "../../base/net/prefix.ts";
import type { EvpnRoute } from "../../bgp/wire/nlri/evpn/route.ts";
import { decodeEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import { importInfo } from "../forward/import-info.ts";
import type { EvpnEvent, EvpnOutput, ForwardingChange, Origination, PrefixPath } from "../types.ts";
import { letterOf } from "./letter-mac.ts";
import { asAttributeSet } from "./remote-route.ts";

export function render(out: EvpnOutput): string[] {
  return [...out.routes.map(renderRoute), ...out.forwarding.map(renderForwarding), ...out.events.map(renderEvent)];
}

function renderRoute(o: Origination): string {
  const route = decodeEvpn(o.kind === "withdraw" ? o.nlri : o.route.nlri);
  const what = nameOf(route);
  if (!("rd" in route)) throw new Error(`unexpected route ${what}`);
  if (o.kind === "withdraw") return `withdraw ${what} rd ${route.rd}`;
  const info = importInfo(asAttributeSet(o.route));
  const label = "label" in route ? route.label : info.pmsi?.label;
  const l3 = info.routerMac === undefined ? "" : ` router ${letterOf(info.routerMac)}`;
  const vnis = "label2" in route ? `${label},${route.label2}` : label;
  const moved = info.sequence > 0 ? ` seq ${info.sequence}` : "";
  return `announce ${what} rd ${route.rd} vni ${vnis} rt ${info.targets.join(",")} via ${info.vtep}${l3}${moved}${info.sticky ? " sticky" : ""}`;
}

function nameOf(route: EvpnRoute): string {
  switch (route.kind) {
    case "mac-ip":
      return `${letterOf(route.mac)}${route.ip === undefined ? "" : `/${route.ip}`}`;
    case "inclusive-multicast":
      return `multicast ${route.originator}`;
    case "ip-prefix":
      return formatPrefix(route.prefix);
    default:
      return route.kind;
  }
}

function renderForwarding(f: ForwardingChange): string {
  if (f.kind === "prefix")
    return `${f.domain} ${formatPrefix(f.prefix)} ${f.paths.length === 0 ? "gone" : `by ${f.paths.map(renderPath).join(" and ")}`}`;
  const at = f.network === "blue" ? "" : `${f.network} `;
  switch (f.kind) {
    case "remote-mac": {
      if (!f.remote) return `${at}mac ${letterOf(f.mac)} gone`;
      const vni = f.remote.vni === 100 ? "" : ` vni ${f.remote.vni}`;
      return `${at}mac ${letterOf(f.mac)} at ${f.remote.vtep}${vni} seq ${f.remote.sequence}${f.remote.sticky ? " sticky" : ""}`;
    }
    case "remote-neighbour":
      return `${at}neighbour ${f.ip} ${f.mac === undefined ? "gone" : `is ${letterOf(f.mac)}`}`;
    case "flood":
      return `${at}flood ${f.present ? "to" : "no more to"} ${f.vtep}${f.vni === 100 ? "" : ` vni ${f.vni}`}`;
    case "local-mac":
      break;
  }
  return `${at}${f.verdict} local ${letterOf(f.mac)}`;
}

function renderPath(p: PrefixPath): string {
  if (p.kind === "domain") return `domain ${p.domain}`;
  return p.kind === "gateway"
    ? `${p.via} in ${p.network}`
    : `${p.vtep} router ${letterOf(p.routerMac)} vni ${p.vni}${p.isForeign ? " foreign" : ""}`;
}

function renderEvent(e: EvpnEvent): string {
  switch (e.kind) {
    case "mac-moved":
      return `event: ${letterOf(e.mac)} moved from ${e.from} to ${e.to} seq ${e.sequence}`;
    case "duplicate-detected":
      return `event: ${letterOf(e.mac)} is a duplicate, ${e.moves} moves in ${e.seconds} s`;
    case "duplicate-cleared":
      return `event: ${letterOf(e.mac)} cleared by ${e.by}`;
    case "duplicate-ip-detected":
      return `event: ${e.ip} is a duplicate, ${e.moves} moves in ${e.seconds} s, stays with ${letterOf(e.mac)}`;
    case "duplicate-ip-cleared":
      return `event: ${e.ip} cleared by ${e.by}`;
    case "sticky-conflict":
      return `event: sticky conflict for ${letterOf(e.mac)} with ${e.vtep}`;
    case "router-mac-conflict":
      return `event: ${e.vteps.join(" and ")} both say that their router MAC in ${e.domain} is ${letterOf(e.mac)}`;
    case "route-ignored":
      break;
  }
  return `event: ignored ${e.nlri}: ${e.why}`;
}
