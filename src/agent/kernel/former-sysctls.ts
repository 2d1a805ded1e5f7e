// SPDX-License-Identifier: Apache-2.0
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { SysctlFiles } from "./sysctl-files.ts";

/** A sysctl of the host namespace as it was, and what we wrote. */
interface Former {
  readonly was: string;
  readonly is: string;
}

/**
 * What sysctls of the host namespace were before the agent wrote them. The kernel has no place for such a note; the run directory lives as
 * long as sysctls do, until the machine starts anew.
 */
class FormerSysctls {
  readonly #file: string;
  readonly #files: SysctlFiles;
  #known: Map<string, Former> | undefined;

  constructor(runDirectory: string, files: SysctlFiles) {
    this.#file = path.join(runDirectory, "sysctls.json");
    this.#files = files;
  }

  names(): readonly string[] {
    return [...this.#notes.keys()];
  }

  /** Before it is written: what it was is what somebody else gave it, not what we wrote the last time. */
  note(name: string, was: string, is: string): void {
    const known = this.#notes.get(name);
    this.#notes.set(name, known && was === known.is ? { was: known.was, is } : { was, is });
    this.#save();
  }

  /** Puts back what was there, unless somebody changed it since. @throws SystemCallError */
  restore(name: string): void {
    const known = this.#notes.get(name);
    if (!known) return;
    if (this.#files.read("", name) === known.is && !this.#isForAll(name)) this.#files.write("", name, known.was);
    this.#notes.delete(name);
    this.#save();
  }

  /** The host became a router meanwhile, and what forwards everywhere was not for us alone. */
  #isForAll(name: string): boolean {
    const all = name.replace(/^(net\.ipv[46]\.conf)\.[^.]+\.forwarding$/, "$1.all.forwarding");
    return all !== name && !this.#notes.has(all) && this.#files.read("", all) === "1";
  }

  get #notes(): Map<string, Former> {
    return (this.#known ??= read(this.#file));
  }

  #save(): void {
    if (this.#notes.size === 0) return rmSync(this.#file, { force: true });
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(Object.fromEntries(this.#notes), null, 2)}\n`, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function read(file: string): Map<string, Former> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, Former>));
  } catch {
    // There is none yet; and one that cannot be read says nothing that could be put back.
    return new Map();
  }
}

/** Sysctls with a memory. */
export function rememberingSysctls(files: SysctlFiles, runDirectory: string): SysctlFiles {
  const former = new FormerSysctls(runDirectory, files);
  return {
    ...files,
    noted: () => former.names(),
    note: (name, was, is) => former.note(name, was, is),
    restore: (name) => former.restore(name),
  };
}
