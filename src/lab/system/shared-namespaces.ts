// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { command } from "./command.ts";

/**
 * Makes `folder` a shared mount: bound over `/run/netns` in a private mount namespace, what is created there shows up here too.
 * Twin: `mount --bind F F; mount --make-private F; mount --make-shared F`.
 */
export async function shareNamespaces(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await command(["mount", "--bind", folder, folder]);
  await command(["mount", "--make-private", folder]);
  await command(["mount", "--make-shared", folder]);
}

/** Undoes {@link shareNamespaces} with everything mounted inside, as far as it was made. */
export async function unshareNamespaces(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  // One mount point may carry several mounts, one over the other; the last made comes off first.
  for (const point of mountPoints().toReversed()) {
    if (point === folder || point.startsWith(`${folder}/`)) await command(["umount", "--lazy", point]);
  }
  for (const name of readdirSync(folder)) unlinkSync(`${folder}/${name}`);
  rmdirSync(folder);
}

function mountPoints(): readonly string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[1]!.replaceAll("\\040", " "));
}
