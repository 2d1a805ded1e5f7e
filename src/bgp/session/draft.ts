// SPDX-License-Identifier: Apache-2.0
import type { Action } from "./action.ts";
import type { SessionConfig } from "./config.ts";
import type { Connection, SessionState } from "./state.ts";

/** A state in the making within one step, with the actions so far. Never leaves this folder. */
export interface Draft {
  readonly config: SessionConfig;
  admin: SessionState["admin"];
  attempt: SessionState["attempt"];
  attempts: number;
  failures: number;
  connections: readonly Connection[];
  readonly actions: Action[];
}

export function beginDraft(state: SessionState, config: SessionConfig): Draft {
  return { config, ...state, actions: [] };
}

export function finishDraft(d: Draft): SessionState {
  return { admin: d.admin, attempt: d.attempt, connections: d.connections, attempts: d.attempts, failures: d.failures };
}
