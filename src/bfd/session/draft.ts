// SPDX-License-Identifier: Apache-2.0
import type { SessionAction } from "./action.ts";
import type { SessionConfig } from "./config.ts";
import type { SessionState } from "./state.ts";

/** A state in the making within one step, with the actions so far. Never leaves this folder. */
export type Draft = { -readonly [K in keyof SessionState]: SessionState[K] } & {
  readonly config: SessionConfig;
  /** ms */
  readonly now: number;
  /** From 0 up to 1. */
  readonly random: number;
  readonly actions: SessionAction[];
};

export function beginDraft(state: SessionState, config: SessionConfig, now: number, random: number): Draft {
  return { ...state, config, now, random, actions: [] };
}

export function finishDraft(d: Draft): SessionState {
  const { config: _, now: __, random: ___, actions: ____, ...state } = d;
  return state;
}
