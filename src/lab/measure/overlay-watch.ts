// SPDX-License-Identifier: Apache-2.0
import type { LabPlan, PlannedMember } from "../plan/plan.ts";
import { command } from "../system/command.ts";
import { enter } from "../system/place.ts";

/** Frames that crossed the spines inside VXLAN. */
export interface OverlayCount {
  readonly frames: number;
  readonly arp: number;
  /** Neighbour solicitations. */
  readonly nd: number;
}

const table = "weft-watch";
/** A bare `arp` is a keyword of nft. */
const counters = { frames: "all-frames", arp: "arp-frames", nd: "nd-frames" } as const;

/**
 * Begins, or begins again at zero, to count VXLAN packets where every one of them has to pass: as they arrive at the spines.
 * Offsets are from the UDP header: 8 of UDP, 8 of VXLAN, then the inner Ethernet header with its type at 12 (RFC 7348 §5).
 */
export async function watchOverlay(plan: LabPlan): Promise<void> {
  for (const spine of spines(plan)) await nft(spine, watchRuleset(spine));
}

export async function overlayCount(plan: LabPlan): Promise<OverlayCount> {
  const packets = new Map<string, number>();
  for (const spine of spines(plan)) {
    const text = await command(enter({ namespace: spine.namespace, folder: "" }, ["nft", "-j", "list", "counters"]));
    for (const { counter } of (JSON.parse(text) as { readonly nftables: readonly { readonly counter?: NftCounter }[] }).nftables) {
      if (counter?.table === table) packets.set(counter.name, (packets.get(counter.name) ?? 0) + counter.packets);
    }
  }
  const count = (name: string): number => packets.get(name) ?? 0;
  return { frames: count(counters.frames), arp: count(counters.arp), nd: count(counters.nd) };
}

interface NftCounter {
  readonly table: string;
  readonly name: string;
  readonly packets: number;
}

export function watchRuleset(spine: PlannedMember): string {
  const chains = spine.uplinks.map((u, i) =>
    [
      `  chain in${i} {`,
      `    type filter hook ingress device "${u.name}" priority -400; policy accept;`,
      `    udp dport 4789 counter name ${counters.frames}`,
      `    udp dport 4789 @th,224,16 0x0806 counter name ${counters.arp}`,
      `    udp dport 4789 @th,224,16 0x86dd @th,288,8 58 @th,560,8 135 counter name ${counters.nd}`,
      "  }",
    ].join("\n"),
  );
  const declared = Object.values(counters).map((c) => `  counter ${c} {}`);
  return `add table netdev ${table}\ndelete table netdev ${table}\ntable netdev ${table} {\n${[...declared, ...chains].join("\n")}\n}\n`;
}

function spines(plan: LabPlan): readonly PlannedMember[] {
  return plan.members.filter((m) => m.role === "spine");
}

async function nft(m: PlannedMember, ruleset: string): Promise<void> {
  await command(enter({ namespace: m.namespace, folder: "" }, ["nft", "-f", "-"]), { input: ruleset });
}
