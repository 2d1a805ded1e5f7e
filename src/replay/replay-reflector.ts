// SPDX-License-Identifier: Apache-2.0
import type { InputRecord, ReflectorHeader } from "../record/recording.ts";
import type { Course } from "./course.ts";
import type { Feed } from "./feed.ts";
import { feedRib, replayRib } from "./replay-rib.ts";

/** Inputs of an agent that a reflector does not have. */
type Foreign = Exclude<InputRecord["in"], Parameters<typeof feedRib>[2]["in"]>;
const foreign: ReadonlySet<string> = new Set<Foreign>([
  "start",
  "timer",
  "turn",
  "events",
  "overrun",
  "tables",
  "executed",
  "dumped",
  "config",
  "converged",
  "clear-duplicates",
  "kernel-diff",
  "end",
]);

/** The table of routes of a reflector. */
export function replayReflector(header: ReflectorHeader, course: Course, seed?: number): Feed {
  const { rib, slots } = replayRib(header.config.bgp, course, seed);
  return {
    feed: (input) => {
      if (!foreign.has(input.in)) feedRib(rib, slots, input as Parameters<typeof feedRib>[2]);
    },
    turn: () => false,
    learn: () => undefined,
  };
}
