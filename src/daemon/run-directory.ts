// SPDX-License-Identifier: Apache-2.0
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/run/clock.ts";
import { SystemCallError } from "../base/sys/errors.ts";
import { check, libc } from "../base/sys/libc.ts";
import { AlreadyRunningError, RunDirectoryError } from "./errors.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;
const reportsKept = 10;
/** How long a successor waits for the owner to begin to stop, and then for it to be gone, ms. */
const beginsToStop = 300;
const isGone = 10_000;
const stopping = "stopping";

/**
 * The directory of one running process: `weft.pid`, `weft.sock`, `weft.started`, crash reports.
 * The lock on `weft.pid` says who owns it: the kernel drops it with the process, however that ends, so nothing is ever stale.
 */
export class RunDirectory {
  readonly path: string;
  #pidFile: number | undefined;
  #hadPredecessor = false;

  constructor(directory: string) {
    this.path = path.resolve(directory);
  }

  get socket(): string {
    return path.join(this.path, "weft.sock");
  }

  /** Another process of ours ran here since the machine started: its peers may still keep its routes. */
  get hadPredecessor(): boolean {
    return this.#hadPredecessor;
  }

  get #pid(): string {
    return path.join(this.path, "weft.pid");
  }

  /**
   * Makes the directory and takes it for this process; a socket that a dead process left is removed.
   * @throws AlreadyRunningError
   * @throws RunDirectoryError
   */
  claim(): void {
    let fd = this.#lock();
    // The owner may have gone between opening and locking, and then this is the lock of a file that it took away.
    while (fstatSync(fd).ino !== statSync(this.#pid, { throwIfNoEntry: false })?.ino) {
      closeSync(fd);
      fd = this.#lock();
    }
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
    this.#pidFile = fd;
    rmSync(this.socket, { force: true });
    const mark = path.join(this.path, "weft.started");
    this.#hadPredecessor = existsSync(mark);
    writeFileSync(mark, "", { mode: 0o600 });
  }

  /**
   * As {@link claim}, for one that is started while its predecessor stops, as in an upgrade.
   * @throws AlreadyRunningError when the owner does not stop
   */
  async claimFromPredecessor(): Promise<void> {
    const begun = systemClock.now();
    for (;;) {
      try {
        this.claim();
        return;
      } catch (e) {
        if (!(e instanceof AlreadyRunningError)) throw e;
        if (systemClock.now() - begun > (this.#ownerStops() ? isGone : beginsToStop)) throw e;
      }
      await sleep(10);
    }
  }

  /** Lets a successor know that it need not wait long. */
  leaving(): void {
    if (this.#pidFile !== undefined) writeSync(this.#pidFile, `${stopping}\n`);
  }

  #lock(): number {
    let fd: number;
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      fd = openSync(this.#pid, "a+", 0o600);
    } catch (cause) {
      throw new RunDirectoryError(this.path, cause);
    }
    try {
      check(libc.flock(fd, LOCK_EX | LOCK_NB), `flock ${this.#pid}`);
      return fd;
    } catch (cause) {
      closeSync(fd);
      if (cause instanceof SystemCallError && cause.errnoName === "EWOULDBLOCK") throw new AlreadyRunningError(this.path, this.#owner());
      if (cause instanceof SystemCallError && cause.errnoName === "EAGAIN") throw new AlreadyRunningError(this.path, this.#owner());
      throw cause;
    }
  }

  /** Gives the directory back. The pid file goes while the lock is still held, so that no successor's file is removed. */
  release(): void {
    if (this.#pidFile === undefined) return;
    rmSync(this.socket, { force: true });
    rmSync(this.#pid, { force: true });
    closeSync(this.#pidFile);
    this.#pidFile = undefined;
  }

  /**
   * Writes `crash-<time>.json` and gives its path; the same time writes it again.
   * A service manager's log directory (`LogsDirectory=` of systemd.exec(5)) outlives a reboot and is preferred.
   */
  writeCrash(report: object, wall: number, logsDirectory = process.env["LOGS_DIRECTORY"]): string {
    const home = logsDirectory?.split(":")[0] || this.path;
    const file = path.join(home, `crash-${new Date(wall).toISOString().replaceAll(":", "")}.json`);
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
    const reports = readdirSync(home).filter((f) => /^crash-.*\.json$/.test(f));
    // One that crashes at every start must not fill the disk.
    for (const old of reports.toSorted().slice(0, -reportsKept)) rmSync(path.join(home, old), { force: true });
    return file;
  }

  #ownerStops(): boolean {
    return this.#pidText().includes(stopping);
  }

  #owner(): number | undefined {
    const pid = Number.parseInt(this.#pidText(), 10);
    return Number.isNaN(pid) ? undefined : pid;
  }

  /** Empty when the owner has just taken it away. */
  #pidText(): string {
    return existsSync(this.#pid) ? readFileSync(this.#pid, "utf8") : "";
  }
}
