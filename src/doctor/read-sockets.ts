// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { fromHex } from "../base/bytes/hex.ts";
import { ipFromBytes } from "../base/net/ip.ts";
import type { UdpSocketFacts } from "./facts.ts";

interface BoundSocket extends Pick<UdpSocketFacts, "address" | "port"> {
  readonly inode: string;
}

/** UDP sockets of this namespace that a program has open: proc_net_udp(5). The kernel's own, as those of VXLAN devices, no process has. */
export function readUdpSockets(): readonly UdpSocketFacts[] {
  const sockets = ["udp", "udp6"].flatMap((table) => boundSockets(readOptional(`/proc/thread-self/net/${table}`)));
  if (sockets.length === 0) return [];
  const holders = holdersOf(new Set(sockets.map((s) => s.inode)));
  return sockets.flatMap(({ address, port, inode }) => {
    const holder = holders.get(inode);
    return holder === undefined ? [] : [{ address, port, ...holder }];
  });
}

/** Rows of a table; addresses are words in the machine's byte order. */
export function boundSockets(table: string): readonly BoundSocket[] {
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const cells = line.trim().split(/\s+/);
      const [address, port] = (cells[1] ?? "").split(":");
      if (address === undefined || port === undefined || cells[9] === undefined) return [];
      const octets = fromHex(address);
      if (octets === undefined) return [];
      for (let i = 0; i < octets.length; i += 4) octets.subarray(i, i + 4).reverse();
      return [{ address: ipFromBytes(octets), port: Number.parseInt(port, 16), inode: cells[9] }];
    });
}

function holdersOf(inodes: ReadonlySet<string>): ReadonlyMap<string, { readonly pid: number; readonly program: string }> {
  const found = new Map<string, { readonly pid: number; readonly program: string }>();
  for (const pid of readdirSync("/proc").filter((e) => /^\d+$/.test(e))) {
    for (const fd of listOptional(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOptional(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined && inodes.has(inode))
        found.set(inode, { pid: Number(pid), program: readOptional(`/proc/${pid}/comm`).trim() });
    }
  }
  return found;
}

/** A process may end while we look, and some may not be looked at: nothing is known of them then. */
function or<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
const readOptional = (file: string): string => or(() => readFileSync(file, "utf8"), "");
const listOptional = (folder: string): readonly string[] => or(() => readdirSync(folder), []);
const linkOptional = (at: string): string => or(() => readlinkSync(at), "");
