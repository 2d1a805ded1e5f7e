// SPDX-License-Identifier: Apache-2.0
import net from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { LabError } from "../errors.ts";
import { knownLab } from "../state/lab-record.ts";
import { forLab } from "../system/lab-mark.ts";
import { type ManagedProcess, recordedProcesses, startOutside } from "../system/managed-process.ts";
import type { Place } from "../system/place.ts";
import { isRunning } from "../../base/sys/process-identity.ts";
import { waitFor } from "../system/wait-for.ts";

/** Beside this file, and with its ending: a published package holds JavaScript. */
const program = path.join(import.meta.dirname, `keeper-main${path.extname(import.meta.filename)}`);

/** Starts the keeper of a lab unless it runs. */
export async function ensureKeeper(labFolder: string): Promise<void> {
  const known = recordedProcesses(labFolder).find((p) => p.name === "keeper");
  if (known !== undefined && isRunning(known.identity)) return;
  const { plan } = knownLab(path.basename(labFolder));
  await forLab(plan.lab, async () => await startOutside(labFolder, "keeper", [process.execPath, program, labFolder]));
}

/**
 * Has the keeper of the lab start a program, and start it again whenever it fails.
 *
 * @throws LabError WEFT_LAB_PROCESS
 */
export async function startKept(
  place: Place,
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ManagedProcess> {
  const folder = place.keptBy!;
  await ensureKeeper(folder);
  const socket = await waitFor(`${folder}: its keeper`, async () => await connected(`${folder}/keeper.sock`), { every: 10 });
  socket.end(JSON.stringify({ place, name, argv, env }));
  const said = await text(socket).catch(() => "");
  if (said === "")
    throw new LabError("WEFT_LAB_PROCESS", `${name}: the lab's keeper ended before it answered; its log: ${folder}/keeper.log`);
  const reply = JSON.parse(said) as { readonly process: ManagedProcess } | { readonly error: string };
  if ("error" in reply) throw new LabError("WEFT_LAB_PROCESS", reply.error);
  return reply.process;
}

/** @throws when nobody listens */
async function connected(at: string): Promise<net.Socket> {
  return await new Promise((resolve, reject) => {
    const socket = net.connect({ path: at, allowHalfOpen: true });
    socket.once("error", reject);
    socket.once("connect", () => resolve(socket));
  });
}
