// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { isIp4 } from "../../base/net/ip.ts";
import { prefixContains, maskIp } from "../../base/net/prefix.ts";
import type { Nexthop, NexthopRequest } from "../route/nexthop.ts";
import { RTNH_F_ONLINK, RTPROT_UNSPEC, type Route, type RouteHop, type RouteRequest, RT_SCOPE_NOWHERE } from "../route/route.ts";
import type { RuleRequest } from "../route/rule.ts";
import { type FakeNamespace, type Refusal, routeKey, ruleKey } from "./fake-namespace.ts";

/** `ip route`: gateways must be reachable over an address of an interface that is up, or `onlink`. */
export function applyRoute(ns: FakeNamespace, r: RouteRequest): Refusal | undefined {
  const six = !isIp4(r.route.destination.ip);
  if (r.verb === "delete") {
    const gone = [...ns.routes.values()].find((x) => matches(x, r.route));
    if (!gone) return ["ESRCH"];
    ns.dropRoute(gone);
    return undefined;
  }
  const hops: RouteHop[] = [];
  for (const h of r.route.hops) {
    const resolved = resolveHop(ns, h, six);
    if ("refusal" in resolved) return resolved.refusal;
    hops.push(resolved.hop);
  }
  if (r.route.nexthopId !== undefined && !ns.nexthops.has(r.route.nexthopId)) return ["EINVAL", "Nexthop id does not exist"];
  const value: Route = { ...r.route, hops, ...(six ? { priority: r.route.priority ?? 1024 } : {}) };
  if (ns.routes.has(routeKey(value)) && r.verb === "add") return ["EEXIST"];
  ns.putRoute(value);
  return undefined;
}

function resolveHop(ns: FakeNamespace, h: RouteHop, six: boolean): { readonly hop: RouteHop } | { readonly refusal: Refusal } {
  const device = h.ifindex === undefined ? undefined : ns.links.get(h.ifindex);
  if (h.ifindex !== undefined && !device) return { refusal: ["ENODEV"] };
  if (device && !device.up) return { refusal: ["ENETDOWN", six ? "Nexthop device is not up" : "Device for nexthop is not up"] };
  if (h.gateway === undefined || (h.flags & RTNH_F_ONLINK) !== 0) return { hop: h };
  const ifindex = connectedDevice(ns, h.gateway, h.ifindex);
  if (ifindex === undefined) {
    return { refusal: six ? ["EHOSTUNREACH", "No route to host"] : ["ENETUNREACH", "Nexthop has invalid gateway"] };
  }
  return { hop: { ...h, ifindex } };
}

function connectedDevice(ns: FakeNamespace, gateway: Ip, wanted: number | undefined): number | undefined {
  for (const a of ns.addresses.values()) {
    if (wanted !== undefined && a.ifindex !== wanted) continue;
    const net = { ip: maskIp(a.ip, a.prefixLength), length: a.prefixLength };
    if (ns.links.get(a.ifindex)?.up === true && prefixContains(net, gateway)) return a.ifindex;
  }
  return undefined;
}

/** What a delete leaves out matches anything. */
function matches(there: Route, wanted: Route): boolean {
  if (there.table !== wanted.table || there.tos !== wanted.tos) return false;
  if (there.destination.ip !== wanted.destination.ip || there.destination.length !== wanted.destination.length) return false;
  if (wanted.priority !== undefined && (there.priority ?? 0) !== wanted.priority) return false;
  if (wanted.type !== "unspec" && there.type !== wanted.type) return false;
  if (wanted.protocol !== RTPROT_UNSPEC && there.protocol !== wanted.protocol) return false;
  if (wanted.scope !== RT_SCOPE_NOWHERE && isIp4(there.destination.ip) && there.scope !== wanted.scope) return false;
  if (wanted.nexthopId !== undefined && there.nexthopId !== wanted.nexthopId) return false;
  return wanted.hops.every((w) => there.hops.some((h) => (w.gateway ?? h.gateway) === h.gateway && (w.ifindex ?? h.ifindex) === h.ifindex));
}

/** `ip rule` */
export function applyRule(ns: FakeNamespace, r: RuleRequest): Refusal | undefined {
  const same = [...ns.rules.values()].find((x) => ruleKey({ ...x, protocol: 0 }) === ruleKey({ ...r.rule, protocol: 0 }));
  if (r.verb === "delete") {
    if (!same) return ["ENOENT"];
    ns.rules.delete(ruleKey(same));
    ns.notify({ object: "rule", change: "delete", value: same });
    return undefined;
  }
  if (same) return ["EEXIST"];
  const value = { ...r.rule, protocol: r.rule.protocol ?? 0 };
  ns.rules.set(ruleKey(value), value);
  ns.notify({ object: "rule", change: "new", value });
  return undefined;
}

/** `ip nexthop`: members must be there; deleting one takes it out of groups, and what used a vanished one goes with it. */
export function applyNexthop(ns: FakeNamespace, r: NexthopRequest): Refusal | undefined {
  const n = r.nexthop;
  const there = ns.nexthops.get(n.id);
  if (r.verb === "delete") {
    if (!there) return ["ENOENT"];
    removeNexthop(ns, there);
    return undefined;
  }
  if (there && r.verb === "add") return ["EEXIST"];
  if (n.ifindex !== undefined && !ns.links.has(n.ifindex)) return ["ENODEV", "Invalid device index"];
  for (const m of n.group ?? []) {
    const member = ns.nexthops.get(m.id);
    if (!member) return ["EINVAL", "Invalid nexthop id in group"];
    if ((member.fdb === true) !== (n.fdb === true)) return ["EINVAL", "FDB nexthop group can only have fdb nexthops"];
  }
  ns.nexthops.set(n.id, n);
  ns.notify({ object: "nexthop", change: "new", value: n });
  return undefined;
}

function removeNexthop(ns: FakeNamespace, n: Nexthop): void {
  ns.nexthops.delete(n.id);
  ns.notify({ object: "nexthop", change: "delete", value: n });
  for (const route of ns.routes.values()) if (route.nexthopId === n.id) ns.dropRoute(route);
  for (const e of ns.fdb.values()) if (e.nexthopId === n.id) ns.dropFdb(e);
  for (const g of ns.nexthops.values()) {
    if (g.group?.some((m) => m.id === n.id) !== true) continue;
    const group = g.group.filter((m) => m.id !== n.id);
    if (group.length === 0) removeNexthop(ns, g);
    else ns.nexthops.set(g.id, { ...g, group });
  }
}
