// SPDX-License-Identifier: Apache-2.0
/** What the kernel of every leaf has to hold, from where the workloads are; nothing more and nothing less. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Mac } from "../../../src/base/net/mac.ts";
import { ping, reaches } from "../../../src/lab/measure/ping.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { fdb, floodList, neighbours } from "../../harness/kernel-tables.ts";
import { frrLapses } from "./frr-lapses.ts";
import { type Fabric, type Leaf, type Workload, bridge, vxlan } from "./fabric.ts";

/** So long what FRR was told may be on its way to its kernel, ms; then it is asked whether it has forgotten it. */
const lapse = 5_000;

/**
 * Waits until the tables of every leaf are the truth, neither with less nor with more in them.
 * @param lapses takes the MACs that FRR forgot, see {@link frrLapses}; without it they are failures
 */
export async function tablesAreTrue(fabric: Fabric, leaves: readonly Leaf[] = fabric.leaves, lapses?: Set<Mac>): Promise<void> {
  for (const leaf of leaves) {
    const wanted = wantedTables(fabric, leaf);
    const begin = performance.now();
    await waitFor(
      `${leaf.name} (${leaf.kind}): tables as workloads are`,
      async () => {
        const actual = await actualTables(fabric, leaf);
        if (!isDeepStrictEqual(actual, wanted)) {
          sayAgain(fabric);
          if (lapses && leaf.kind === "frr" && performance.now() - begin > lapse) {
            const lost = await frrLapses(fabric, leaf);
            const rest = (lines: readonly string[]): readonly string[] => lines.filter((l) => ![...lost].some((mac) => l.includes(mac)));
            assert.deepEqual(rest(actual), rest(wanted));
            for (const mac of lost) lapses.add(mac);
            return true;
          }
        }
        assert.deepEqual(actual, wanted);
        return true;
      },
      { within: 20_000, every: 200 },
    );
  }
}

/**
 * FRR 8.4 does not hear an announcement while it still has the address as a remote one, for which the kernel takes no ARP; like a
 * hypervisor, workloads there announce themselves more than once. Agents have to get it from the first one.
 */
function sayAgain(fabric: Fabric): void {
  for (const w of fabric.workloads.values()) if (w.at.kind === "frr") fabric.announce(w);
}

/** One line per entry: where frames for a MAC go, and which MAC has an address that is not ours. */
export function wantedTables(fabric: Fabric, leaf: Leaf): readonly string[] {
  const others = fabric.leaves.filter((l) => l !== leaf);
  const lines = [
    `flood ${others
      .map((l) => l.address)
      .toSorted()
      .join(" ")}`,
  ];
  for (const w of fabric.workloads.values()) {
    if (w.at === leaf) {
      lines.push(`${w.mac} dev ${w.port} master ${bridge}`);
      continue;
    }
    // FRR makes the entries of a MAC that may not move static instead.
    const mark = leaf.kind === "frr" && w.sticky ? "" : " extern_learn";
    lines.push(`${w.mac} dev ${vxlan} dst ${w.at.address} self${mark}`, `${w.mac} dev ${vxlan} master ${bridge}${mark}`);
    for (const ip of w.ips) lines.push(`${ip} lladdr ${w.mac} NOARP extern_learn`);
  }
  return lines.toSorted();
}

async function actualTables(fabric: Fabric, leaf: Leaf): Promise<readonly string[]> {
  const { place } = leaf;
  const lines = [`flood ${(await floodList(place, vxlan)).join(" ")}`];
  const macs = new Set<string>([...fabric.workloads.values()].map((w) => w.mac));
  const local = new Set<string>([...fabric.workloads.values()].filter((w) => w.at === leaf).map((w) => w.mac));
  for (const row of await fdb(place)) {
    if (!macs.has(row.mac)) continue;
    // FRR 8.4 leaves the VXLAN device's own entry behind when a MAC becomes local; the bridge no longer asks it.
    if (leaf.kind === "frr" && local.has(row.mac) && row.dst !== undefined) continue;
    const where = row.master === undefined ? `dst ${row.dst ?? "none"} self` : `master ${row.master}`;
    lines.push(`${row.mac} dev ${row.ifname} ${where}${row.flags.includes("extern_learn") ? " extern_learn" : ""}`);
  }
  for (const n of await neighbours(place, bridge)) {
    if (!/^(192\.168\.1\.|fd00:1::)/.test(n.dst) || n.lladdr === undefined || n.state.includes("FAILED")) continue;
    // What the kernel itself resolves of workloads that are here is its own affair, kept for an agent or not; on FRR also what it once learned.
    const foreign = n.state.includes("NOARP") || n.state.includes("PERMANENT");
    if (!foreign && (leaf.kind === "frr" || local.has(n.lladdr))) continue;
    lines.push(`${n.dst} lladdr ${n.lladdr} ${n.state.join(",")}${n.extern_learn === undefined ? "" : " extern_learn"}`);
  }
  return lines.toSorted();
}

/** Every workload gets an answer from every other one, at each of its addresses, and then loses none. */
export async function everybodyAnswers(fabric: Fabric, count = 5): Promise<void> {
  const all = [...fabric.workloads.values()];
  for (const from of all) for (const to of all) if (from !== to) await answers(from, to, count);
}

export async function answers(from: Workload, to: Workload, count = 5): Promise<void> {
  for (const ip of to.ips) {
    await waitFor(`${from.name} to reach ${to.name} at ${ip}`, async () => await reaches(from.place, ip), { within: 20_000 });
    assert.equal((await ping(from.place, ip, { count })).lost, 0, `${from.name} to ${to.name} at ${ip}`);
  }
}
