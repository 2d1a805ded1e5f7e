// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { OutboundRow } from "../../contract/inspect.ts";
import { findMember, findPlace, findWorkload } from "../find.ts";
import { ping, reaches, RunningPing } from "../measure/ping.ts";
import { placeOf } from "../member/place-of.ts";
import { labMove } from "../move.ts";
import { weft } from "../peer/weft.ts";
import { publicInterface } from "../plan/outside.ts";
import type { LabPlan } from "../plan/plan.ts";
import { knownLab } from "../state/lab-record.ts";
import { command } from "../system/command.ts";
import { markedEnvironment } from "../system/lab-mark.ts";
import { enter, type Place } from "../system/place.ts";
import { waitFor } from "../system/wait-for.ts";
import { type DemoStep, StepFailure } from "./step.ts";

/** w1 is reached from the public network by its floating IP, and goes on being reached when it is at another host. */
export const floatingIpStep: DemoStep = {
  name: "floating IP",
  async run(demo) {
    const { plan } = demo;
    const { ip } = plan.topology.floatingIps.find((f) => f.port === "w1")!.address;
    const home = findWorkload(plan, "w1").node;
    const outside = findPlace(plan, "outside");
    const failure = (why: string, node: string): StepFailure =>
      new StepFailure(why, [home, node], `weft lab exec ${plan.lab} ${node} weft nat floating`);
    await waitFor("outside to reach w1", async () => await reaches(outside, ip), { within: 10_000 }).catch(() => {
      throw failure(`outside does not reach w1 by ${ip}`, home);
    });
    const before = await ping(outside, ip, { count: 10 });
    const run = new RunningPing(outside, ip);
    const answers = async (more: number): Promise<void> => {
      const had = run.received;
      await waitFor(`outside: answers of ${ip}`, () => run.received >= had + more, { within: 10_000, every: 10 });
    };
    try {
      await answers(20);
      await labMove(plan.lab, "w1", "h3");
      demo.plan = knownLab(plan.lab).plan;
      await waitFor(`outside to take ${ip} for an address of h3`, async () => await isAnsweredBy(demo.plan, ip, "h3"), { within: 10_000 });
      await answers(50);
    } catch (error) {
      await run.stop().catch(() => undefined);
      throw failure(error instanceof Error ? error.message : String(error), "h3");
    }
    const moved = await run.stop();
    return `outside reaches w1 (${home}) by ${ip} ${before.received}/${before.sent}; w1 moved to h3, ${ip} with it: ${moved.lost} of ${moved.sent} packets lost (${moved.longestGap} ms)`;
  },
};

/** d2 has no floating IP: what it opens is, on the public network, of the host that it is on. */
export const outboundStep: DemoStep = {
  name: "outbound NAT",
  async run({ plan }) {
    const { node } = findWorkload(plan, "d2");
    const to = plan.outside!.addresses[0]!.ip;
    const wanted = plan.outside!.nodes.get(node)![0]!.ip;
    const lookAt = `weft lab exec ${plan.lab} ${node} weft nat outbound`;
    const failure = (why: string): StepFailure => new StepFailure(why, [node], lookAt);
    const server = new Speaker(findPlace(plan, "outside"), serverScript);
    let client: Speaker | undefined;
    try {
      await server.line(/^ready$/m);
      client = new Speaker(findPlace(plan, "d2"), clientScript(to));
      const [, seen] = await client.line(/^seen as (.*)$/m).catch(() => {
        throw failure(`d2 does not reach ${to}`);
      });
      if (seen !== wanted) throw failure(`${to} sees d2 as ${seen}, not ${wanted}`);
      // The connection is open still.
      const { stdout } = await weft(placeOf(findMember(plan, node)), ["nat", "outbound", "-o", "json"]);
      const row = (JSON.parse(stdout) as readonly OutboundRow[]).find((o) => o.domain === "shop");
      if (row?.address !== seen || row.connections === 0) throw failure(`weft nat outbound says ${JSON.stringify(row)}`);
      return `d2 (${node}, no floating IP) to a server at ${to}, which sees ${seen}; weft nat outbound: ${row.connections} connections of shop`;
    } finally {
      for (const p of [client, server]) await p?.end();
    }
  },
};

/** Tells whoever connects as whom it is seen. */
const serverScript = `
require("node:net").createServer((s) => { s.on("error", () => {}); s.write("seen as " + s.remoteAddress.replace("::ffff:", "") + "\\n"); })
  .listen(7000, () => console.log("ready"));`;
const clientScript = (to: string): string => `require("node:net").connect(7000, "${to}").pipe(process.stdout);`;

/** A script for Node at a place. */
class Speaker {
  readonly #child;
  readonly #closed: Promise<unknown>;
  #said = "";

  constructor(place: Place, script: string) {
    const [program, ...argv] = enter(place, [process.execPath, "-e", script]);
    this.#child = spawn(program!, argv, { stdio: ["ignore", "pipe", "ignore"], env: markedEnvironment() });
    this.#closed = once(this.#child, "close");
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
  }

  /** The first line that matches, as soon as it is there. */
  async line(wanted: RegExp): Promise<RegExpExecArray> {
    return await waitFor(String(wanted), () => wanted.exec(this.#said) ?? undefined, { within: 10_000, every: 10 });
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}

/** Whether the host outside has the node's MAC for an address. */
async function isAnsweredBy(plan: LabPlan, ip: string, node: string): Promise<boolean> {
  const show = async (place: Place, argv: readonly string[]): Promise<readonly { readonly lladdr?: string; readonly address?: string }[]> =>
    JSON.parse(await command(enter(place, argv))) as readonly { readonly lladdr?: string; readonly address?: string }[];
  const [neighbour] = await show(findPlace(plan, "outside"), ["ip", "-j", "neigh", "show", ip]);
  const [link] = await show(placeOf(findMember(plan, node)), ["ip", "-j", "link", "show", publicInterface]);
  return link?.address !== undefined && neighbour?.lladdr === link.address;
}
