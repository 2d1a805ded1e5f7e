// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import os from "node:os";
import { type Ip, isIp4 } from "../base/net/ip.ts";
import { prefixContains } from "../base/net/prefix.ts";
import { listNamespaces, namespacePath } from "../base/sys/namespace.ts";
import { namespacePrefix, ownAlias } from "../agent/ownership.ts";
import { missingCapabilities, missingKinds } from "../agent/probe.ts";
import { RT_TABLE_MAIN } from "../netlink/route/route.ts";
import { NetlinkConnection } from "../netlink/socket/netlink-connection.ts";
import type { DaemonFacts, DeviceFacts, HostFacts, NamespaceFacts } from "./facts.ts";
import { readLimits } from "./read-limits.ts";
import { readNamespace } from "./read-namespace.ts";
import { readUdpSockets } from "./read-sockets.ts";

export interface Reading {
  readonly facts: HostFacts;
  /** What could not be looked at, and why: a sentence each. */
  readonly unread: readonly string[];
}

/**
 * Reads what the checks judge. What cannot be read is left out and named; without privileges that is much.
 * @param daemon what a running daemon said; undefined: none runs
 * @throws NetlinkError when the host namespace cannot be read
 */
export function readFacts(daemon: DaemonFacts | undefined): Reading {
  const unread: string[] = [];
  const attempt = <T>(what: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (e) {
      unread.push(`${what}: ${(e as Error).message}`);
      return undefined;
    }
  };
  const host = readNamespace(undefined);
  const domains = listNamespaces()
    .filter((name) => name.startsWith(namespacePrefix))
    .flatMap((name) => attempt(`namespace ${name}`, () => ownNamespace(name)) ?? []);
  const limits = readLimits();
  if (limits.neighbourLimits === undefined)
    unread.push("limits of the neighbour table: the machine's first namespace cannot be entered from here");
  const status = attempt("capabilities of the daemon", () => readFileSync(`/proc/${daemon?.pid ?? "self"}/status`, "utf8"));
  return {
    unread,
    facts: {
      hostName: os.hostname(),
      missingCapabilities: status === undefined ? [] : missingCapabilities(status, ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN"]),
      missingKinds: attempt("kinds of devices", askKinds),
      host,
      domains,
      uplinks: uplinksOf(host, domains, attempt("routes", () => wayDevices(vtepsOf([host, ...domains]))) ?? []),
      daemon,
      ...limits,
      udpSockets: attempt("UDP sockets", readUdpSockets),
    },
  };
}

/** Undefined for a namespace that only has a name like ours. */
function ownNamespace(name: string): NamespaceFacts | undefined {
  const conn = new NetlinkConnection({ namespace: namespacePath(name) });
  try {
    if (conn.dump("link", { name: "lo" })[0]?.alias !== ownAlias) return undefined;
  } finally {
    conn.close();
  }
  return readNamespace(name);
}

/** @throws Error without CAP_NET_ADMIN: the kernel says nothing else then */
function askKinds(): readonly string[] {
  if (missingCapabilities(readFileSync("/proc/self/status", "utf8"), ["CAP_NET_ADMIN"]).length > 0) throw new Error("needs CAP_NET_ADMIN");
  const conn = new NetlinkConnection();
  try {
    return missingKinds(conn);
  } finally {
    conn.close();
  }
}

/** Addresses that VXLAN devices send from. */
function vtepsOf(namespaces: readonly NamespaceFacts[]): readonly Ip[] {
  const found = namespaces.flatMap((ns) => ns.devices.flatMap((d) => (d.vxlan?.local === undefined ? [] : [d.vxlan.local])));
  return [...new Set(found)];
}

/** Devices of the routes that lead away from this host, of the families of these addresses; a default route only where there is no other. */
function wayDevices(vteps: readonly Ip[]): readonly string[] {
  const conn = new NetlinkConnection();
  try {
    const names = new Map(conn.dump("link").map((l) => [l.ifindex, l.name]));
    const routes = conn
      .dump("route")
      .filter((r) => r.table === RT_TABLE_MAIN && r.type === "unicast" && !r.destination.ip.startsWith("fe80:"));
    const mine = routes.filter((r) => vteps.some((v) => isIp4(v) === isIp4(r.destination.ip)));
    const multipath = mine.filter((r) => r.hops.length > 1);
    const specific = mine.filter((r) => r.destination.length > 0);
    const ways = multipath.length > 0 ? multipath : specific.length > 0 ? specific : mine;
    return [...new Set(ways.flatMap((r) => r.hops.flatMap((h) => (h.ifindex === undefined ? [] : (names.get(h.ifindex) ?? [])))))];
  } finally {
    conn.close();
  }
}

/** The device that has a VTEP's address; where that is passive (a routed underlay), the devices that routes lead to. */
export function uplinksOf(host: NamespaceFacts, domains: readonly NamespaceFacts[], ways: readonly string[]): readonly DeviceFacts[] {
  const overlay = new Set(host.devices.flatMap((d) => (d.vxlan === undefined ? [] : [d.name, d.master])));
  const found = new Set<string>();
  for (const vtep of vtepsOf([host, ...domains])) {
    const holder = host.devices.find((d) => d.addresses.some((a) => a.ip === vtep));
    if (holder === undefined) continue;
    if (holder.name !== "lo" && holder.kind !== "dummy") found.add(holder.name);
    const several = host.multipaths.filter((m) => isIp4(m.destination.ip) === isIp4(vtep) && !prefixContains(m.destination, vtep));
    if (holder.name === "lo" || holder.kind === "dummy") for (const way of ways) found.add(way);
    for (const way of several.flatMap((m) => m.devices)) found.add(way);
  }
  return host.devices.filter((d) => found.has(d.name) && !overlay.has(d.name) && d.name !== "lo");
}
