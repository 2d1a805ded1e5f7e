// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordLine } from "../record/recording.ts";
import { Course } from "./course.ts";

const now = (t: number): RecordLine => ({ t, ask: "now", is: t });
const turn = (t: number): RecordLine => ({ t, in: "turn" });

test("the time is that of the recorded input, however often it was asked for before", () => {
  const lines = [turn(0), now(1), turn(10), now(11), now(12), turn(20), turn(30), now(31), now(32)];
  const course = new Course(lines, () => undefined);
  const asked = (line: number, times: number): unknown[] => {
    course.moveTo(line);
    return Array.from({ length: times }, () => {
      const answer = course.ask("now");
      return "is" in answer ? answer.is : answer;
    });
  };
  assert.deepEqual(asked(0, 2), [1, 1], "once more than recorded");
  assert.deepEqual(asked(2, 1), [11], "once less");
  assert.deepEqual(asked(5, 1), [12], "where it was not asked for at all");
  assert.deepEqual(asked(6, 3), [31, 32, 32]);
});
