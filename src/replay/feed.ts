// SPDX-License-Identifier: Apache-2.0
import type { InputRecord } from "../record/recording.ts";
import type { Answer } from "./course.ts";

/** A daemon that runs on recorded inputs. */
export interface Feed {
  feed(input: InputRecord): void;
  /** The recorded one was told this. */
  learn(answer: Answer): void;
  /** Runs what waits longest for a turn of the loop. @returns false when nothing does */
  turn(): boolean;
}
