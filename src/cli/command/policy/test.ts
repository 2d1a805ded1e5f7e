// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { type Command, Option } from "commander";
import { fromHex } from "../../../base/bytes/hex.ts";
import type { Ip } from "../../../base/net/ip.ts";
import type { CandidateRoute, RouteText } from "../../policy/candidate-route.ts";
import type { PlaceOfRule, PolicyVerdict } from "../../policy/policy-verdict.ts";
import { command } from "../../command-file.ts";
import { MalformedInputError, UsageError } from "../../errors.ts";
import { exitStatus } from "../../exit-status.ts";
import { addOutput, type OutputFormat } from "../../inspect-options.ts";
import { ipOption, numberOption, vniOption } from "../../parse-option.ts";
import { print, printRows, printValue } from "../../render/output.ts";
import type { Column } from "../../render/table.ts";

interface PolicyTestOptions {
  readonly config: string;
  readonly policy?: string;
  readonly peer?: Ip;
  readonly export?: true;
  readonly asn?: number;
  readonly routerId?: Ip;
  readonly update?: string;
  readonly routes?: string;
  readonly recording?: string;
  readonly rt?: readonly string[];
  readonly community?: readonly string[];
  readonly nextHop: Ip;
  readonly vni: number;
  readonly localPref?: number;
  readonly med?: number;
  readonly asPath?: string;
  readonly output: OutputFormat;
}

const several = (given: string, before: readonly string[] = []): readonly string[] => [...before, given];

function configure(c: Command): void {
  c.argument("[route...]", "a route as `weft bgp routes` prints it: its RD, then its fields");
  c.requiredOption("--config <file>", "file of an agent or reflector");
  c.option("--policy <name>", "the policy of this name");
  c.option("--peer <address>", "everything that is done with routes of this peer: admission rules, rewriting, import policy", ipOption);
  c.option("--export", "with --peer: what is done with routes to it");
  c.option("--asn <asn>", "AS number of the peer, where the file leaves it open", numberOption(1, 0xffffffff));
  c.option("--router-id <id>", "BGP identifier of the peer, for admission rules; without it the peer's address", ipOption);
  c.addOption(new Option("--rt <rt>", "a route target of the route; may be given again").argParser(several));
  c.addOption(new Option("--community <community>", "a community of any kind; may be given again").argParser(several));
  c.option("--next-hop <ip>", "its next hop", ipOption, "192.0.2.1" as Ip);
  c.option("--vni <vni>", "its label", vniOption, 0);
  c.option("--local-pref <n>", "its LOCAL_PREF", numberOption(0, 0xffffffff));
  c.option("--med <n>", "its MULTI_EXIT_DISC", numberOption(0, 0xffffffff));
  c.option("--as-path <asns>", "its AS path, in quotes: the neighbour first");
  c.option("--update <hex>", "instead of a route: an UPDATE in hex, with or without header; - reads it from standard input");
  c.option("--routes <file>", "instead of a route: what `weft bgp routes -o json` printed; - reads it from standard input");
  c.option("--recording <file>", "instead of a route: every UPDATE of a recording; with --peer only those of that peer");
  addOutput(c);
}

export const policyTestCommand = command<PolicyTestOptions>({
  details:
    "Says of each route whether it is accepted, modified or denied, by which rule of which line, and what changes. Nothing is asked of a\n" +
    "daemon. Ends with 0 when no route is denied, else with 1.",
  examples: [
    [
      "weft policy test --config reflector.yaml --policy from-west --rt 65001:100 '10.0.0.1:100 [2]:[0]:[48]:[02:00:00:00:01:0a]'",
      "what a policy makes of a route in words",
    ],
    ["weft bgp routes --peer 10.0.0.9 -o json | weft policy test --config new.yaml --peer 10.0.0.9 --routes -", "what a new file would do"],
    ["weft policy test --config reflector.yaml --peer 10.0.0.9 --recording reflector.jsonl.gz", "what it would have done"],
  ],
  configure,
  async run({ args, options }) {
    const { bgpOf, policyNamed, policyOfPeer } = await import("../../policy/policy-under-test.ts");
    const { verdictOn } = await import("../../policy/policy-verdict.ts");
    if ((options.policy === undefined) === (options.peer === undefined)) throw new UsageError("name either --policy or --peer");
    const bgp = bgpOf(options.config);
    const { peer, asn, routerId } = options;
    const policy =
      peer === undefined
        ? policyNamed(bgp, options.policy!)
        : policyOfPeer(
            bgp,
            { address: peer, ...(asn !== undefined && { asn }), ...(routerId !== undefined && { routerId }) },
            options.export ? "export" : "import",
          );
    const verdicts = (await candidates(args, options)).map((route) => verdictOn(policy, route, options.config));
    await report(verdicts, options.output);
    return verdicts.some((v) => v.verdict === "denied") ? exitStatus.failed : exitStatus.ok;
  },
});

/** The routes that were named in one of the four ways. */
async function candidates(args: readonly string[], options: PolicyTestOptions): Promise<readonly CandidateRoute[]> {
  const { isRouteText, routeOfText, routesOfUpdate } = await import("../../policy/candidate-route.ts");
  const { update, routes, recording } = options;
  const ways = [args.length > 0, update !== undefined, routes !== undefined, recording !== undefined].filter(Boolean).length;
  if (ways !== 1) throw new UsageError("name a route, or one of --update, --routes and --recording");
  if (update !== undefined) {
    const bytes = fromHex(update === "-" ? (await text(process.stdin)).trim() : update);
    if (!bytes) throw new MalformedInputError("WEFT_NOT_HEX", "the UPDATE is no even number of hex digits; write octets as 02:21 or 0221");
    return routesOfUpdate(bytes);
  }
  if (routes !== undefined) return routeRows(routes === "-" ? await text(process.stdin) : readText(routes), isRouteText).map(routeOfText);
  if (recording !== undefined) return await recorded(recording, options.peer);
  const [rd, ...rest] = args.join(" ").split(" ");
  const { nextHop, vni, rt = [], community = [], localPref = 100, med, asPath } = options;
  return [
    routeOfText({
      rd: rd!,
      route: rest.join(" "),
      nextHop,
      localPref,
      labels: [vni],
      routeTargets: rt,
      communities: community,
      ...(med !== undefined && { med }),
      ...(asPath !== undefined && { asPath }),
    }),
  ];
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new MalformedInputError("WEFT_MALFORMED", `${file}: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function routeRows(json: string, isRoute: (value: unknown) => value is RouteText): readonly RouteText[] {
  try {
    const value = JSON.parse(json) as readonly unknown[];
    if (Array.isArray(value) && value.every(isRoute)) return value;
  } catch {
    // Said below.
  }
  throw new MalformedInputError("WEFT_MALFORMED", "the routes are no JSON list, as `weft bgp routes -o json` prints it");
}

async function recorded(file: string, peer: Ip | undefined): Promise<readonly CandidateRoute[]> {
  const { readRecording } = await import("../../../record/read-recording.ts");
  const { routesOfUpdate } = await import("../../policy/candidate-route.ts");
  const bySlot = new Map<number, string>();
  const list: CandidateRoute[] = [];
  for (const line of readRecording(file).lines) {
    if (!("in" in line)) continue;
    if (line.in === "peer-up") bySlot.set(line.slot, line.peer.name);
    else if (line.in === "update" && (peer === undefined || bySlot.get(line.slot) === peer)) {
      try {
        list.push(...routesOfUpdate(fromHex(line.body)!));
      } catch (e) {
        // What the recorded peer did wrong never came to a policy.
        if (!(e instanceof MalformedInputError)) throw e;
      }
    }
  }
  return list;
}

const ruleText = ({ policy, rule, at }: PlaceOfRule): string => `${rule} of ${policy}${at === null ? "" : ` (${at})`}`;

const columns: readonly Column<PolicyVerdict>[] = [
  {
    title: "VERDICT",
    text: (v) => v.verdict,
    colour: (v) => (v.verdict === "denied" ? "red" : v.verdict === "modified" ? "yellow" : "green"),
  },
  { title: "BY", text: (v) => ruleText(v.by) },
  { title: "ROUTE", text: (v) => v.route },
];

async function report(verdicts: readonly PolicyVerdict[], output: OutputFormat): Promise<void> {
  if (output !== "table") await printValue(verdicts, output);
  else if (verdicts.length !== 1) await printRows(verdicts, columns, "table", "no routes");
  else await printOne(verdicts[0]!);
}

async function printOne(v: PolicyVerdict): Promise<void> {
  const { differences } = await import("../../policy/policy-verdict.ts");
  print(`${v.verdict} by ${ruleText(v.by)}: ${v.route}`);
  for (const m of v.matched) if (m.rule !== v.by.rule || m.policy !== v.by.policy) print(`  matched before: ${ruleText(m)}`);
  if (v.after) for (const line of differences(v.before, v.after)) print(`  ${line}`);
}
