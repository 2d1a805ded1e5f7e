// SPDX-License-Identifier: Apache-2.0
/** What tests could leave on a machine, to be compared before and after. */
import { existsSync, readFileSync, readdirSync } from "node:fs";

export interface Traces {
  readonly namespaces: ReadonlySet<string>;
  readonly labs: ReadonlySet<string>;
  /** Names of folders that FRR daemons keep per pathspace. */
  readonly pathspaces: ReadonlySet<string>;
  /** `pid:startTime` → command line, of programs that tests start. */
  readonly processes: ReadonlyMap<string, string>;
}

/** Programs that only tests and labs start here. */
const ours =
  /^(\/usr\/lib\/frr\/\w+|gobgpd|dumpcap|(\S*\/)?dnsmasq|ping|(\S*\/)?node \S+\/src\/cli\/main\.ts (agent|reflector)|.*\bexabgp\b.*)( |$)/;

export function traces(): Traces {
  return {
    namespaces: new Set(entries("/run/netns")),
    labs: new Set(entries("/run/weft-lab")),
    pathspaces: new Set(entries("/var/run/frr").filter((e) => !e.includes("."))),
    processes: processes(),
  };
}

/** One line per thing that is there now and was not before. */
export function leftovers(before: Traces, after: Traces): readonly string[] {
  const fresh = (what: string, a: ReadonlySet<string>, b: ReadonlySet<string>): string[] =>
    [...b].filter((x) => !a.has(x)).map((x) => `${what} ${x}`);
  return [
    ...fresh("namespace", before.namespaces, after.namespaces),
    ...fresh("lab", before.labs, after.labs),
    ...fresh("FRR folder", before.pathspaces, after.pathspaces),
    ...[...after.processes].filter(([id]) => !before.processes.has(id)).map(([id, line]) => `process ${id.split(":")[0]}: ${line}`),
  ];
}

function entries(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function processes(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pid of readdirSync("/proc").filter((e) => /^\d+$/.test(e))) {
    try {
      // Zombies have no command line: nobody has reaped them, but they run no more.
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      if (ours.test(line)) found.set(`${pid}:${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`, line);
    } catch {
      // Ended while we looked.
    }
  }
  return found;
}
