// SPDX-License-Identifier: Apache-2.0
import { isMulticastMac, zeroMac } from "../../base/net/mac.ts";
import type { FdbEntry, FdbRequest } from "../route/fdb.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF, NTF_STICKY, NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE } from "../route/neighbour-flags.ts";
import { type FakeNamespace, type Refusal, fdbKey } from "./fake-namespace.ts";

/** `bridge fdb`: as the kernel, first the bridge's table (`master`), then the device's own (`self`). */
export function applyFdb(ns: FakeNamespace, r: FdbRequest): Refusal | undefined {
  const l = ns.links.get(r.entry.ifindex);
  if (!l) return ["ENODEV"];
  const { flags } = r.entry;
  let refusal: Refusal | undefined = ["EOPNOTSUPP"];
  const toMaster = (flags & NTF_SELF) === 0 || (flags & NTF_MASTER) !== 0;
  if (toMaster && l.master !== undefined) refusal = applyMaster(ns, r, l.master);
  if (refusal !== undefined && toMaster && l.master !== undefined) return refusal;
  if ((flags & NTF_SELF) === 0) return refusal;
  return l.kind?.kind === "vxlan" ? applyVxlan(ns, r) : applyPlain(ns, r);
}

function applyMaster(ns: FakeNamespace, r: FdbRequest, master: number): Refusal | undefined {
  const { ifindex, mac, vlan, flags } = r.entry;
  const bare: FdbEntry = {
    ifindex,
    mac,
    state: bridgeState(r.entry),
    flags: (flags & (NTF_EXT_LEARNED | NTF_STICKY)) | NTF_MASTER,
    master,
    ...(vlan === undefined ? {} : { vlan }),
  };
  const there = ns.fdb.get(fdbKey(bare));
  if (r.verb === "delete") {
    // An entry that moved to another port is not this port's to delete.
    if (there?.ifindex !== ifindex) return ["ENOENT"];
    ns.dropFdb(there);
    return undefined;
  }
  if (mac === zeroMac || isMulticastMac(mac)) return ["EINVAL"];
  if ((flags & NTF_EXT_LEARNED) === 0) {
    if ((r.entry.state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE)) === 0) return ["EINVAL"];
    if (there && r.verb === "add") return ["EEXIST"];
  }
  ns.putFdb(bare);
  return undefined;
}

/** What the bridge's own bits look like in a dump: local, static, or learned; the last for everything `extern_learn`. */
function bridgeState(e: FdbEntry): number {
  if ((e.flags & NTF_EXT_LEARNED) !== 0) return NUD_REACHABLE;
  if ((e.state & NUD_PERMANENT) !== 0) return NUD_PERMANENT;
  return (e.state & NUD_NOARP) !== 0 ? NUD_NOARP : NUD_REACHABLE;
}

function sameMac(ns: FakeNamespace, e: FdbEntry): FdbEntry[] {
  return [...ns.fdb.values()].filter(
    (x) => x.master === undefined && x.ifindex === e.ifindex && x.mac === e.mac && (x.srcVni ?? 0) === (e.srcVni ?? 0),
  );
}

function applyVxlan(ns: FakeNamespace, r: FdbRequest): Refusal | undefined {
  const entry: FdbEntry = { ...r.entry, flags: r.entry.flags & (NTF_SELF | NTF_EXT_LEARNED) };
  const there = sameMac(ns, entry);
  if (r.verb === "delete") {
    if (there.length === 0) return ["ENOENT"];
    // A destination that a known MAC does not have is taken as done.
    const gone = entry.dst === undefined ? there : there.filter((x) => fdbKey(x) === fdbKey(entry));
    for (const x of gone) ns.dropFdb(x);
    return undefined;
  }
  if ((entry.state & (NUD_PERMANENT | NUD_REACHABLE)) === 0) return ["EINVAL"];
  if (entry.nexthopId !== undefined) {
    if (entry.dst !== undefined) return ["EINVAL", "DST, VNI, ifindex and port are mutually exclusive with NH_ID"];
    const group = ns.nexthops.get(entry.nexthopId);
    if (!group) return ["EINVAL", "Nexthop id does not exist"];
    if (group.fdb !== true) return ["EINVAL", "Nexthop is not a fdb nexthop"];
    if (group.group === undefined) return ["EINVAL", "Nexthop is not a multipath group"];
  }
  const many = entry.mac === zeroMac || isMulticastMac(entry.mac);
  if (there.length === 0) {
    ns.putFdb(entry);
  } else if (r.verb === "add") {
    return ["EEXIST"];
  } else if (r.verb === "append") {
    // A unicast MAC keeps its one destination, yet takes the new state and flags.
    if (many && !ns.fdb.has(fdbKey(entry))) ns.putFdb(entry);
    else for (const x of there) if (!many) ns.putFdb({ ...x, state: entry.state, flags: entry.flags });
  } else {
    if (many) return ["EOPNOTSUPP", "Cannot replace multicast entry"];
    for (const x of there) ns.fdb.delete(fdbKey(x));
    ns.putFdb(entry);
  }
  return undefined;
}

/** Unicast and multicast filters of an ordinary device. */
function applyPlain(ns: FakeNamespace, r: FdbRequest): Refusal | undefined {
  const entry: FdbEntry = { ifindex: r.entry.ifindex, mac: r.entry.mac, state: NUD_PERMANENT, flags: NTF_SELF };
  const there = ns.fdb.get(fdbKey(entry));
  if (r.verb === "delete") {
    if ((r.entry.state & NUD_PERMANENT) === 0) return ["EINVAL", "FDB only supports static addresses"];
    if (!there) return ["ENOENT"];
    ns.dropFdb(there);
    return undefined;
  }
  if ((r.entry.state & NUD_PERMANENT) === 0) return ["EINVAL", "FDB only supports static addresses"];
  if (there && r.verb === "add") return ["EEXIST"];
  if (!there) ns.putFdb(entry);
  return undefined;
}
