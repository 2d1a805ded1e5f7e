// SPDX-License-Identifier: Apache-2.0
import type { LabStatus, MemberStatus, ProcessStatus, WorkloadStatus } from "../../../lab/status.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addOutput, type OutputFormat } from "../../inspect-options.ts";
import { print, printRows, printValue } from "../../render/output.ts";
import type { Column } from "../../render/table.ts";

const members: readonly Column<MemberStatus>[] = [
  { title: "MEMBER", text: (m) => m.name },
  { title: "ROLE", text: (m) => m.role },
  { title: "KIND", text: (m) => m.kind },
  { title: "LOOPBACK", text: (m) => m.loopback },
  { title: "NAMESPACE", text: (m) => m.namespace },
  { title: "SESSIONS", text: (m) => (m.sessions === null ? "-" : `${m.sessions.established}/${m.sessions.configured}`) },
  {
    title: "PROCESSES",
    text: (m) => m.processes.map(processText).join(", ") || "-",
    colour: (m) => (m.processes.every((p) => p.running) ? undefined : "red"),
  },
  { title: "FILES", text: (m) => m.folder },
];

const workloads: readonly Column<WorkloadStatus>[] = [
  { title: "WORKLOAD", text: (w) => w.name },
  { title: "NODE", text: (w) => w.node },
  { title: "NETWORK", text: (w) => w.network },
  { title: "MAC", text: (w) => w.mac },
  { title: "ADDRESSES", text: (w) => w.ips.join(" ") },
  { title: "NAMESPACE", text: (w) => w.namespace },
];

/** `agent 4711`, `agent 4711 (started again 2 ×, last SIGKILL)`, `agent ended (status 78: starting it again would mend nothing)`. */
function processText({ name, pid, running, kept }: ProcessStatus): string {
  if (kept === null || kept.lastEnd === null) return `${name} ${running ? pid : "ended"}`;
  if (running) return `${name} ${pid} (started again ${kept.restarts} ×, last ${kept.lastEnd})`;
  return kept.staysDown === null ? `${name} starts again (${kept.lastEnd})` : `${name} ended (${kept.staysDown})`;
}

interface FaultRow {
  readonly link: string;
  readonly fault: string;
}

function faultRows(lab: LabStatus): readonly FaultRow[] {
  const { silent, unplugged, loss } = lab.faults;
  return [
    ...silent.map((link) => ({ link, fault: "cut, silently" })),
    ...unplugged.map((link) => ({ link, fault: "unplugged" })),
    ...Object.entries(loss).map(([link, percent]) => ({ link, fault: `loses ${percent} %` })),
  ];
}

const faults: readonly Column<FaultRow>[] = [
  { title: "LINK", text: (f) => f.link },
  { title: "FAULT", text: (f) => f.fault, colour: () => "yellow" },
];

export const labStatusCommand = command<{ readonly output: OutputFormat }>({
  examples: [["weft lab status demo", "members with their sessions and processes, workloads, faults"]],
  configure(c) {
    addOutput(c);
    c.argument("<lab>", "name of the lab");
  },
  async run({ args, options }) {
    const { labStatus } = await import("../../../lab/status.ts");
    const status = await labStatus(args[0]!);
    if (options.output !== "table") {
      await printValue(status, options.output);
      return exitStatus.ok;
    }
    await printRows(status.members, members, "table", "no members");
    if (status.workloads.length > 0) {
      print("");
      await printRows(status.workloads, workloads, "table", "");
    }
    if (status.keeper?.running === false) {
      print("");
      print("The keeper of the lab ended: Weft's daemons are not started again until the lab starts one itself.");
    }
    const broken = faultRows(status);
    if (broken.length > 0) {
      print("");
      await printRows(broken, faults, "table", "");
    }
    return exitStatus.ok;
  },
});
