// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inNamespace } from "../../base/sys/namespace.ts";
import { type ProcessIdentity, identify, isRunning, signal } from "../../base/sys/process-identity.ts";

/** Where the server of one domain keeps its files, and what runs there. */
export interface ServerRecord {
  readonly identity: ProcessIdentity;
  /** Of its configuration. */
  readonly digest: string;
  /** Inode of its network namespace. Of a process of another user the kernel tells that to nobody without CAP_SYS_PTRACE. */
  readonly namespace: number;
}

/** The program; `WEFT_DNSMASQ` names another one. */
const program = process.env["WEFT_DNSMASQ"] ?? "dnsmasq";
/** Programs of the system are not in the PATH of everybody. */
const environment = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };

/** Below the run directory of the agent. */
export function dhcpFolder(runDirectory: string): string {
  return path.join(runDirectory, "dhcp");
}

export class ServerFolder {
  readonly path: string;

  constructor(folder: string) {
    this.path = folder;
  }

  get config(): string {
    return path.join(this.path, "dnsmasq.conf");
  }

  get leases(): string {
    return path.join(this.path, "leases");
  }

  get log(): string {
    return path.join(this.path, "log");
  }

  get #record(): string {
    return path.join(this.path, "process.json");
  }

  /** What runs here. An agent may have been killed before it wrote down what it started: then it is found by its command line. */
  running(): ServerRecord | undefined {
    const record = this.#read();
    if (record?.identity !== undefined && isRunning(record.identity)) return record;
    const identity = processWith(`--conf-file=${this.config}`);
    return identity && { identity, digest: "", namespace: 0 };
  }

  #read(): ServerRecord | undefined {
    try {
      return (JSON.parse(readFileSync(this.#record, "utf8")) ?? undefined) as ServerRecord | undefined;
    } catch {
      return undefined;
    }
  }

  write(record: ServerRecord): void {
    writeFileSync(this.#record, JSON.stringify(record));
  }

  forget(): void {
    rmSync(this.#record, { force: true });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The process that was started with this argument. */
function processWith(argument: string): ProcessIdentity | undefined {
  for (const pid of readdirSync("/proc").filter((e) => /^\d+$/.test(e))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[1] === argument) return identify(Number(pid));
    } catch {
      // Ended while we looked.
    }
  }
  return undefined;
}

/** Names of the domains that have or had a server. */
export function serverFolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Starts dnsmasq(8) within a network namespace (a path). It outlives us: a session of its own, and a log of its own.
 * @throws SystemCallError when the namespace cannot be entered
 */
export function startDnsmasq(
  namespace: string,
  folder: ServerFolder,
  config: string,
): { readonly child: ChildProcess; readonly namespace: number } {
  mkdirSync(folder.path, { recursive: true, mode: 0o755 });
  writeFileSync(folder.config, config);
  const log = openSync(folder.log, "w", 0o644);
  try {
    // The child is forked by the calling thread, and stays where that was.
    const started = inNamespace(namespace, () => ({
      child: spawn(program, [`--conf-file=${folder.config}`], { detached: true, stdio: ["ignore", log, log], env: environment }),
      namespace: statSync("/proc/thread-self/ns/net").ino,
    }));
    started.child.unref();
    return started;
  } finally {
    closeSync(log);
  }
}

/** Whether a server is in this network namespace (a path): one of the same name may have been made anew. */
export function isInNamespace(record: ServerRecord, namespace: string): boolean {
  return statSync(namespace, { throwIfNoEntry: false })?.ino === record.namespace;
}

/** Ends every server of the domains below a folder, and waits until they are gone. @returns the domains */
export function endAllServers(folder: string): readonly string[] {
  const ended: string[] = [];
  for (const domain of serverFolders(folder)) {
    const server = new ServerFolder(path.join(folder, domain));
    const record = server.running();
    if (record && signal(record.identity, "SIGTERM")) {
      ended.push(domain);
      const until = performance.now() + patience;
      while (isRunning(record.identity) && performance.now() < until) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      signal(record.identity, "SIGKILL");
    }
    server.remove();
  }
  return ended;
}

/** How long a server may take to end when asked, ms. */
export const patience = 2000;
