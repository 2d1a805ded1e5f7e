// SPDX-License-Identifier: Apache-2.0
import koffi from "koffi";

/** A system call that failed. `code` is ours and stable, `errnoName` the kernel's (`ENOENT`). */
export class SystemCallError extends Error {
  readonly code = "WEFT_SYSCALL";
  readonly call: string;
  readonly errno: number;
  readonly errnoName: string;
  constructor(call: string, errno: number) {
    super(`${call}: ${errnoName(errno)}`);
    this.name = "SystemCallError";
    this.call = call;
    this.errno = errno;
    this.errnoName = errnoName(errno);
  }
}

/** Second names of numbers that Linux uses twice. */
const aliases: ReadonlySet<string> = new Set(["EWOULDBLOCK", "ENOTSUP", "EDEADLOCK"]);
const names = new Map<number, string>(
  Object.entries(koffi.os.errno)
    .filter(([name]) => !aliases.has(name))
    .map(([name, value]) => [value, name]),
);

/** `2` → `ENOENT`. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}

/** `ENOENT` → 2. @throws RangeError for a name that this platform lacks */
export function errnoOf(name: string): number {
  const value = (koffi.os.errno as Record<string, number | undefined>)[name];
  if (value === undefined) throw new RangeError(`no such errno: ${name}`);
  return value;
}

/** What `node:fs` threw, as the error of this folder; anything without an errno stays as it is. */
export function asSystemCallError(e: unknown, call: string): unknown {
  const code = (e as NodeJS.ErrnoException).code;
  return code === undefined ? e : new SystemCallError(call, errnoOf(code));
}
