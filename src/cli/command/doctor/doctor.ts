// SPDX-License-Identifier: Apache-2.0
import { styleText } from "node:util";
import { Option } from "commander";
import { suggest } from "../../../contract/config/suggest.ts";
import type { DaemonFacts } from "../../../doctor/facts.ts";
import type { FindingRow, FixRow } from "../../../doctor/examine.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { NotRunningError, UsageError } from "../../errors.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { print, printValue, wantsColour } from "../../render/output.ts";
import { type Colour, printable } from "../../render/table.ts";

interface DoctorOptions extends InspectOptions {
  readonly fix?: true;
  readonly only: readonly string[];
}

/** What `-o json` prints. */
interface DoctorReply {
  /** What is there; with `--fix`, what is there afterwards. */
  readonly findings: readonly FindingRow[];
  readonly fixed: readonly FixRow[];
  /** What could not be looked at. */
  readonly unread: readonly string[];
}

export const doctorCommand = command<DoctorOptions>({
  details:
    "Looks at what is known to harm BGP EVPN and VXLAN on Linux hosts, with or without a running daemon. Exit status 0 when there\n" +
    "are notes at most, 1 when there are errors or warnings. --fix changes the running system only: what is to hold after the next\n" +
    "boot belongs into /etc/sysctl.d or the like. It mends notes only when their code is named with --only.",
  examples: [
    ["weft doctor", "look at this host"],
    ["weft doctor --fix", "mend errors and warnings, say what was done, and look again"],
    ["weft doctor --fix --only WEFT_DOCTOR_CHECKSUM_OFFLOAD", "mend one kind of finding, a note too"],
    ["weft doctor -o json", "the same for a program"],
  ],
  configure(c) {
    addInspectOptions(c);
    c.option("--fix", "do what mends the findings");
    const collect = (code: string, all: readonly string[]): readonly string[] => [...all, code];
    c.addOption(new Option("--only <code>", "only this check; may be repeated").argParser(collect).default([], "all"));
  },
  async run({ options }) {
    const { examine, fix } = await import("../../../doctor/examine.ts");
    const { readFacts } = await import("../../../doctor/read-facts.ts");
    const { checks } = await import("../../../doctor/check/table.ts");
    checkCodes(
      options.only,
      checks.map((c) => c.code),
    );
    const only = new Set(options.only);
    const { daemon, silent } = await askDaemon(options.runDir);
    let { facts, unread } = readFacts(daemon);
    let found = examine(facts, only);
    let fixed: readonly FixRow[] = [];
    if (options.fix) {
      fixed = fix(found, only);
      ({ facts, unread } = readFacts(daemon));
      found = examine(facts, only);
    }
    const reply: DoctorReply = { findings: found.map((f) => f.row), fixed, unread: [...silent, ...unread] };
    if (options.output === "table") print(lines(reply, wantsColour()).join("\n"));
    else await printValue(reply, options.output);
    return reply.findings.some((f) => f.severity !== "note") || fixed.some((f) => f.error !== null) ? exitStatus.failed : exitStatus.ok;
  },
});

function checkCodes(codes: readonly string[], known: readonly string[]): void {
  for (const code of codes) {
    if (known.includes(code)) continue;
    const meant = suggest(code, known);
    throw new UsageError(`no check is named ${code}; ${meant === undefined ? `there are ${known.join(", ")}` : `did you mean ${meant}?`}`);
  }
}

/** Without a daemon the rest is looked at all the same. */
async function askDaemon(runDir: string): Promise<{ readonly daemon: DaemonFacts | undefined; readonly silent: readonly string[] }> {
  const { daemonFacts } = await import("../../doctor/daemon-facts.ts");
  try {
    return { daemon: await daemonFacts(new Client(runDir)), silent: [] };
  } catch (e) {
    if (!(e instanceof NotRunningError)) throw e;
    const what = "its peers, its limits and what it wants in the kernel";
    return { daemon: undefined, silent: [`${what}: no agent or reflector answers in ${runDir}`] };
  }
}

const colours: Readonly<Record<FindingRow["severity"], Colour>> = { error: "red", warning: "yellow", note: "gray" };

function lines(reply: DoctorReply, coloured: boolean): readonly string[] {
  const paint = (colour: Colour, text: string): string => (coloured ? styleText(colour, text, { validateStream: false }) : text);
  const out: string[] = [];
  for (const f of reply.fixed)
    out.push(
      f.error === null ? `${paint("green", "done")}    ${f.command}` : `${paint("red", "failed")}  ${f.command}: ${printable(f.error)}`,
    );
  for (const f of reply.findings) {
    out.push(`${paint(colours[f.severity], f.severity)}  ${f.code}  ${printable(f.object)}`);
    out.push(`  what  ${printable(f.what)}`, `  why   ${f.why}`, ...f.mend.map((m) => `  mend  ${printable(m)}`));
  }
  if (reply.findings.length === 0) out.push("nothing found");
  if (reply.unread.length > 0) out.push("not looked at", ...reply.unread.map((u) => `  ${printable(u)}`));
  return out;
}
