// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";

export const labDemoCommand = command<{ readonly keep?: true }>({
  details:
    "Two tenants with the same addresses on three hosts and an FRR leaf: sessions, pings, ARP, a live migration, an agent and a\n" +
    "reflector killed, each with what was measured. Needs root, FRR and nftables. Takes its lab, weft-demo, down at the end.",
  examples: [
    ["weft lab demo", "see it work"],
    ["weft lab demo --keep", "leave the fabric up, to look around"],
  ],
  configure: (c) => void c.option("--keep", "do not take the lab down at the end"),
  async run({ options }) {
    const { runDemo } = await import("../../../lab/demo/demo.ts");
    return (await runDemo({ keep: options.keep === true })) ? exitStatus.ok : exitStatus.failed;
  },
});
