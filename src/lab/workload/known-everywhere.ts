// SPDX-License-Identifier: Apache-2.0
import type { LabPlan } from "../plan/plan.ts";
import { tryCommand } from "../system/command.ts";

interface FdbRow {
  readonly mac: string;
  readonly dst?: string;
}

/**
 * Whether the kernel of every VTEP knows where the workloads of other hosts are. Until then a first ping may have to ask
 * again, which takes it a second. Networks of domains are left out: their devices are in namespaces of the agent.
 */
export async function knownEverywhere(plan: LabPlan): Promise<boolean> {
  const vteps = plan.members.filter((m) => m.role === "node" && (m.kind === "weft" || m.kind === "frr"));
  const networks = Object.entries(plan.topology.networks).filter(([, n]) => n.domain === undefined);
  for (const { name, namespace } of vteps) {
    for (const [network, { vni }] of networks) {
      const wanted = plan.workloads.filter((w) => w.network === network && w.node !== name).map((w) => w.mac as string);
      if (wanted.length === 0) continue;
      const { status, stdout } = await tryCommand(["bridge", "-netns", namespace, "-json", "fdb", "show", "dev", `vx${vni}`]);
      if (status !== 0) return false;
      const known = new Set((JSON.parse(stdout) as readonly FdbRow[]).filter((r) => r.dst !== undefined).map((r) => r.mac));
      if (!wanted.every((mac) => known.has(mac))) return false;
    }
  }
  return true;
}
