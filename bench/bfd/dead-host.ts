// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/bfd/dead-host.ts [--cuts 10]` (root): a host's link is cut; how long until the kernel of another host has forgotten it. BFD
 * 300 ms × 3, hold time 90 s, graceful restart on.
 */
import { parseArgs } from "node:util";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { bfdUp, knowsWorkload, watchedHosts } from "../../test/bfd/watched-hosts.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { KernelWatch } from "../../test/resilience/kernel-watch.ts";
import { workloadMac } from "../../test/resilience/pair.ts";
import { machineLine, spread } from "../spread.ts";

const { values: options } = parseArgs({ options: { cuts: { type: "string", default: "10" } } });
const net = new Scratch("benchdead");
try {
  const { h1, h2, rr, segment } = await watchedHosts(net);
  const took: number[] = [];
  for (let i = 0; i < Number(options.cuts); i++) {
    using watch = new KernelWatch(h2);
    const began = performance.now();
    await net.ip(segment, ["link set port0 down"]);
    const gone = (line: string): boolean => line.startsWith(`Deleted ${workloadMac(1)}`);
    await waitFor("h2 to forget it", () => watch.lines.some(gone), { every: 1 });
    took.push(performance.now() - began);
    await net.ip(segment, ["link set port0 up"]);
    await waitFor("h2 to know it again", async () => await knowsWorkload(h2, 1), { within: 30_000 });
    await bfdUp(rr, 2);
    await bfdUp(h1, 1);
  }
  console.log(`${machineLine()}; cut of a host's link → gone from the kernel of another, ${took.length} times: ${spread(took)} ms`);
} finally {
  await net.remove();
}
