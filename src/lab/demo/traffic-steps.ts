// SPDX-License-Identifier: Apache-2.0
import { findMember, findPlace, findWorkload } from "../find.ts";
import { overlayCount, watchOverlay } from "../measure/overlay-watch.ts";
import { ping, reaches } from "../measure/ping.ts";
import { placeOf } from "../member/place-of.ts";
import type { LabPlan, PlannedWorkload } from "../plan/plan.ts";
import { labReady, labStatus } from "../status.ts";
import { command } from "../system/command.ts";
import { enter } from "../system/place.ts";
import { waitFor } from "../system/wait-for.ts";
import { labUp } from "../up.ts";
import { type DemoContext, type DemoStep, StepFailure } from "./step.ts";

/** Spines, reflectors, hosts and workloads come up. */
export const fabricStep: DemoStep = {
  name: "fabric",
  async run(demo) {
    demo.plan = await labUp(demo.topology);
    const { members, links, workloads } = demo.plan;
    const names = (kind: string, role: string): string =>
      members
        .filter((m) => m.kind === kind && m.role === role)
        .map((m) => m.name)
        .join(" ");
    const count = (role: string): number => members.filter((m) => m.role === role).length;
    return `${count("spine")} spines, ${count("reflector")} reflectors, hosts ${names("weft", "node")}, FRR leaf ${names("frr", "node")}; ${links.length} links, ${workloads.length} workloads`;
  },
};

/** Every host talks to both reflectors. */
export const sessionStep: DemoStep = {
  name: "sessions",
  async run({ plan }) {
    await labReady(plan, { within: 20_000 }).catch((error: Error) => {
      throw new StepFailure(
        error.message,
        plan.members.filter((m) => m.role !== "spine").map((m) => m.name),
        `weft lab status ${plan.lab}`,
      );
    });
    const status = await labStatus(plan.lab);
    const nodes = status.members.filter((m) => m.role === "node");
    const established = nodes.reduce((n, m) => n + (m.sessions?.established ?? 0), 0);
    const configured = nodes.reduce((n, m) => n + (m.sessions?.configured ?? 0), 0);
    return `${established} of ${configured} BGP EVPN sessions established`;
  },
};

/** Each pair of workloads of a network reaches the other, across all kinds of hosts. */
export function tenantStep(network: string): DemoStep {
  return {
    name: `tenant ${network}`,
    async run({ plan }) {
      const members = plan.workloads.filter((w) => w.network === network);
      const results: string[] = [];
      for (const [from, to] of pairs(members)) {
        await waitFor(`${from.name} to reach ${to.name}`, async () => await reaches(findPlace(plan, from.name), address(to)), {
          within: 10_000,
        }).catch(() => {
          throw new StepFailure(
            `${from.name} on ${from.node} does not reach ${to.name} on ${to.node}`,
            [from.node, to.node],
            `weft lab exec ${plan.lab} ${from.node} bridge fdb show dev vx${from.vni}`,
          );
        });
        const r = await ping(findPlace(plan, from.name), address(to), { count: 10 });
        if (r.lost > 0)
          throw new StepFailure(
            `${from.name} to ${to.name}: ${r.lost} of ${r.sent} pings lost`,
            [from.node, to.node],
            `weft lab exec ${plan.lab} ${from.name} ping ${address(to)}`,
          );
        results.push(`${from.name} (${from.node}) to ${to.name} (${to.node}) ${r.received}/${r.sent}`);
      }
      return `pings answered: ${results.join(", ")}`;
    },
  };
}

/** The tenants have the same addresses, and still nothing gets across. */
export const isolationStep: DemoStep = {
  name: "isolation",
  async run({ plan }) {
    const [r1, b1, b2, b4] = ["r1", "b1", "b2", "b4"].map((n) => findWorkload(plan, n)) as [
      PlannedWorkload,
      PlannedWorkload,
      PlannedWorkload,
      PlannedWorkload,
    ];
    const across = await ping(findPlace(plan, "r1"), address(b4), { count: 5 });
    if (across.received > 0)
      throw new StepFailure(
        `r1 of red reaches ${address(b4)} of blue`,
        [r1.node, b4.node],
        `weft lab exec ${plan.lab} ${r1.node} bridge link`,
      );
    const shown = await command(enter(findPlace(plan, "b2"), ["ip", "-j", "neigh", "show", address(b1)]));
    const [neighbour] = JSON.parse(shown) as readonly { readonly lladdr?: string }[];
    if (neighbour?.lladdr !== b1.mac) {
      throw new StepFailure(
        `b2 has ${neighbour?.lladdr ?? "no MAC"} for ${address(b1)}, not b1's ${b1.mac}`,
        [b2.node],
        `weft lab exec ${plan.lab} b2 ip neigh`,
      );
    }
    return `${across.received} of ${across.sent} pings from red to ${address(b4)} of blue answered; ${address(b1)} is b1 in blue and r1 in red`;
  },
};

/** With empty caches, hosts answer ARP for addresses that BGP told them. */
export const suppressionStep: DemoStep = {
  name: "ARP suppression",
  async run(demo) {
    const { plan } = demo;
    const blue = plan.workloads.filter((w) => w.network === "blue");
    await neighboursKnown(demo, blue);
    for (const w of blue) await command(["ip", "-n", w.namespace, "neigh", "flush", "all"]);
    await watchOverlay(plan);
    for (const [from, to] of pairs(blue)) await ping(findPlace(plan, from.name), address(to), { count: 5 });
    const seen = await overlayCount(plan);
    if (seen.frames === 0)
      throw new StepFailure("no VXLAN frame was counted on the underlay", [], `weft lab exec ${plan.lab} s1 nft list ruleset`);
    if (seen.arp > 0) {
      throw new StepFailure(
        `${seen.arp} ARP frames crossed the underlay for known addresses`,
        blue.map((w) => w.node),
        `weft lab exec ${plan.lab} ${blue[0]!.node} ip neigh show dev br${blue[0]!.vni}`,
      );
    }
    return `caches emptied, ${seen.frames} frames crossed the underlay, ${seen.arp} of them ARP`;
  },
};

async function neighboursKnown({ plan }: DemoContext, workloads: readonly PlannedWorkload[]): Promise<void> {
  for (const at of workloads) {
    const bridge = `br${at.vni}`;
    const others = workloads.filter((w) => w.node !== at.node).map(address);
    const known = async (): Promise<readonly string[]> => {
      const rows = JSON.parse(
        await command(enter(placeOf(findMember(plan, at.node)), ["ip", "-j", "neigh", "show", "dev", bridge])),
      ) as readonly { readonly dst: string }[];
      return rows.map((r) => r.dst);
    };
    await waitFor(
      `${at.node}: ${others.join(", ")} among its neighbours`,
      async () => {
        const have = await known();
        return others.every((o) => have.includes(o));
      },
      { within: 10_000 },
    ).catch((error: Error) => {
      throw new StepFailure(error.message, [at.node], `weft lab exec ${plan.lab} ${at.node} ip neigh show dev ${bridge}`);
    });
  }
}

export function address(w: PlannedWorkload): string {
  return w.ips[0]!.ip;
}

function pairs(all: readonly PlannedWorkload[]): readonly (readonly [PlannedWorkload, PlannedWorkload])[] {
  return all.flatMap((a, i) => all.slice(i + 1).map((b) => [a, b] as const));
}

/** VTEP address of the host a workload is on. */
export function vtepOf(plan: LabPlan, workload: string): string {
  return findMember(plan, findWorkload(plan, workload).node).loopback;
}
