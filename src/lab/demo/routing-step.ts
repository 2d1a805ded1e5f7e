// SPDX-License-Identifier: Apache-2.0
import { findMember, findPlace, findWorkload } from "../find.ts";
import { ping, reaches } from "../measure/ping.ts";
import { command } from "../system/command.ts";
import { enter } from "../system/place.ts";
import { waitFor } from "../system/wait-for.ts";
import { type DemoContext, type DemoStep, StepFailure } from "./step.ts";

/** Two subnets of a tenant: each host is their gateway, and a packet takes one tunnel to another host of either make. */
export const routingStep: DemoStep = {
  name: "routing",
  async run({ plan }) {
    const from = findPlace(plan, "w1");
    for (const name of ["d2", "d4"]) {
      const to = findWorkload(plan, name);
      await waitFor(`w1 to reach ${name}`, async () => await reaches(from, to.ips[0]!.ip), { within: 10_000 }).catch(() => {
        throw new StepFailure(
          `w1 on h1 does not reach ${name} on ${to.node}`,
          ["h1", to.node],
          `weft lab exec ${plan.lab} h1 weft route w1 ${to.ips[0]!.ip}`,
        );
      });
    }
    const { ip } = findWorkload(plan, "d2").ips[0]!;
    const lookAt = `weft lab exec ${plan.lab} h1 weft route w1 ${ip}`;
    const answered = await ping(from, ip, { count: 10 });
    if (answered.lost > 0) throw new StepFailure(`w1 to d2: ${answered.lost} of ${answered.sent} pings lost`, ["h1", "h2"], lookAt);
    const hops = [await hop(plan, ip, 1), await hop(plan, ip, 2)];
    const wanted = [findWorkload(plan, "w1").gateways[0], findMember(plan, "h2").loopback];
    if (hops.join() !== wanted.join())
      throw new StepFailure(`the way to d2 is ${hops.join(", ")}, not ${wanted.join(", ")}`, ["h1", "h2"], lookAt);
    return `w1 (h1, 10.8.1.0/24) to d2 (h2, 10.8.2.0/24) ${answered.received}/${answered.sent}, and to d4 (f1); the way: ${[...hops, ip].join(", ")}`;
  },
};

/** Who says that the time of a packet is over: `ping -t TTL`, as traceroute does. */
async function hop(plan: DemoContext["plan"], to: string, ttl: number): Promise<string> {
  const line = ["sh", "-c", `ping -n -c 1 -W 2 -t ${ttl} ${to} || true`];
  return /^From (\S+) /m.exec(await command(enter(findPlace(plan, "w1"), line)))?.[1] ?? "nobody";
}
