// SPDX-License-Identifier: Apache-2.0
/** What an agent tells of itself, as tests of quarantine ask for it. */
import type { DuplicateRow, EventRow, StatusReply } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { weft, weftRunFolder } from "../../src/lab/peer/weft.ts";
import type { Leaf } from "../interop/evpn/fabric.ts";

export function duplicatesAt(leaf: Leaf): Promise<readonly DuplicateRow[]> {
  return inspect<readonly DuplicateRow[]>(weftRunFolder(leaf.place), "/v1/evpn/duplicates");
}

/** Names of the events, oldest first. */
export async function eventsOf(leaf: Leaf): Promise<readonly string[]> {
  const { stdout } = await weft(leaf.place, ["events", "-o", "json"]);
  return stdout
    .trimEnd()
    .split("\n")
    .map((l) => (JSON.parse(l) as EventRow).event);
}

/** Codes of the problems that `weft status` shows. */
export async function problemsOf(leaf: Leaf): Promise<readonly string[]> {
  const { problems } = await inspect<StatusReply>(weftRunFolder(leaf.place), "/v1/status");
  return problems.map((p) => p.code);
}
