// SPDX-License-Identifier: Apache-2.0
import { command } from "../../../src/lab/system/command.ts";
import { enter } from "../../../src/lab/system/place.ts";
import type { Fabric } from "./fabric.ts";

/** Frames that crossed the underlay inside VXLAN. */
export interface UnderlayCount {
  readonly frames: number;
  readonly arp: number;
  /** Neighbour solicitations. */
  readonly nd: number;
}

const table = "underlay-watch";

/**
 * Counts, from zero, VXLAN packets as they come into the segment from any host. Offsets are from the UDP header: 8 of UDP,
 * 8 of VXLAN, then the inner Ethernet header with its type at 12 (RFC 7348 §5).
 */
export async function watchUnderlay(fabric: Fabric): Promise<void> {
  const chains = [...fabric.leaves, ...fabric.reflectors].map((host) => {
    const port = fabric.portOf(host);
    return `chain ${port} {
      type filter hook ingress device "${port}" priority -400; policy accept;
      udp dport 4789 counter name all-frames
      udp dport 4789 @th,224,16 0x0806 counter name arp-frames
      udp dport 4789 @th,224,16 0x86dd @th,288,8 58 @th,560,8 135 counter name nd-frames
    }`;
  });
  const counters = ["all-frames", "arp-frames", "nd-frames"].map((c) => `counter ${c} {}`);
  const ruleset = `add table netdev ${table}\ndelete table netdev ${table}\ntable netdev ${table} {\n${[...counters, ...chains].join("\n")}\n}\n`;
  await command(enter(fabric.segment, ["nft", "-f", "-"]), { input: ruleset });
}

export async function underlayCount(fabric: Fabric): Promise<UnderlayCount> {
  const text = await command(enter(fabric.segment, ["nft", "-j", "list", "counters", "table", "netdev", table]));
  const rows = (
    JSON.parse(text) as { readonly nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[] }
  ).nftables;
  const packets = (name: string): number => rows.find((r) => r.counter?.name === name)?.counter?.packets ?? 0;
  return { frames: packets("all-frames"), arp: packets("arp-frames"), nd: packets("nd-frames") };
}
