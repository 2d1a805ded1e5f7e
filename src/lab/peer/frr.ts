// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { command, tryCommand } from "../system/command.ts";
import { type ManagedProcess, adoptDaemon } from "../system/managed-process.ts";
import { type Place, enter } from "../system/place.ts";

/** Configuration of each daemon to run; a daemon without an entry is not started. */
export type FrrConfig = Partial<Record<FrrDaemon, string>>;
export type FrrDaemon = "zebra" | "bfdd" | "ospfd" | "ospf6d" | "bgpd";

/** zebra first: the others look for its socket. */
const order: readonly FrrDaemon[] = ["zebra", "bfdd", "ospfd", "ospf6d", "bgpd"];
const programs = "/usr/lib/frr";

export interface FrrOptions {
  /** More arguments of a daemon: `{ bgpd: ["-p", "0"] }` for one that does not listen. */
  readonly arguments?: Partial<Record<FrrDaemon, readonly string[]>>;
}

/** Starts FRR daemons under the pathspace `place.namespace`. They drop to user frr, so what they touch belongs to it. */
export async function startFrr(place: Place, config: FrrConfig, options: FrrOptions = {}): Promise<readonly ManagedProcess[]> {
  const { etc, run } = frrFolders(place.namespace);
  mkdirSync(place.folder, { recursive: true });
  await command(["install", "-d", "-o", "frr", "-g", "frr", etc, run]);
  writeFileSync(`${etc}/vtysh.conf`, "");
  const started: ManagedProcess[] = [];
  for (const daemon of order) {
    const text = config[daemon];
    if (text === undefined) continue;
    writeFileSync(`${etc}/${daemon}.conf`, `log file ${run}/${daemon}.log informational\n${text}`);
    await command(["chown", "frr:frr", `${etc}/${daemon}.conf`]);
    started.push(await startFrrDaemon(place, daemon, options.arguments?.[daemon]));
  }
  return started;
}

/** Starts, or after a kill starts again, one daemon whose configuration file is there. */
export async function startFrrDaemon(place: Place, daemon: FrrDaemon, more: readonly string[] = []): Promise<ManagedProcess> {
  const { etc, run } = frrFolders(place.namespace);
  // No telnet port: two daemons in one namespace would otherwise be fine, but nobody needs it either.
  const argv = [`${programs}/${daemon}`, "-d", "-N", place.namespace, "-f", `${etc}/${daemon}.conf`, "-P", "0", ...more];
  rmSync(`${run}/${daemon}.pid`, { force: true });
  await command(enter(place, argv));
  return await adoptDaemon(place, daemon, argv, `${run}/${daemon}.log`, `${run}/${daemon}.pid`);
}

/** Runs a vtysh command and gives its text. */
export async function vtysh(place: Place, line: string): Promise<string> {
  return await command(enter(place, ["vtysh", "-N", place.namespace, "-c", line]));
}

/** Runs a `show … json` command. */
export async function vtyshJson<T>(place: Place, line: string): Promise<T> {
  return JSON.parse(await vtysh(place, `${line} json`)) as T;
}

/** Changes a running configuration, as typed after `configure terminal`. */
export async function vtyshConfigure(place: Place, lines: readonly string[]): Promise<void> {
  const typed = ["configure terminal", ...lines].flatMap((l) => ["-c", l]);
  await command(enter(place, ["vtysh", "-N", place.namespace, ...typed]));
}

/** True once the daemon answers. */
export async function frrAnswers(place: Place, daemon: FrrDaemon): Promise<boolean> {
  return (await tryCommand(enter(place, ["vtysh", "-N", place.namespace, "-d", daemon, "-c", "show version"]))).status === 0;
}

/** What FRR keeps of a pathspace outside our folders. */
export function frrFolders(pathspace: string): { readonly etc: string; readonly run: string } {
  return { etc: `/etc/frr/${pathspace}`, run: `/var/run/frr/${pathspace}` };
}

/** After the daemons have ended. */
export function removeFrrFolders(pathspace: string): void {
  for (const folder of Object.values(frrFolders(pathspace))) rmSync(folder, { recursive: true, force: true });
}
