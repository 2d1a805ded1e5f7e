// SPDX-License-Identifier: Apache-2.0
import { noPaths, type PrefixState } from "../instance/domain.ts";
import type { Turn } from "../turn.ts";
import { resolvePrefix, samePaths } from "./prefix-paths.ts";

/** Decides anew where a prefix of a domain leads: nowhere else when it is here. */
export function settlePrefix(turn: Turn, state: PrefixState): void {
  const { domain, prefix } = state;
  const paths = domain.isHere(state) ? noPaths : resolvePrefix(state).paths;
  if (samePaths(paths, state.installed)) return;
  state.installed = paths;
  turn.forwarding.push({ kind: "prefix", domain: domain.vrf.domain, prefix, paths });
}
