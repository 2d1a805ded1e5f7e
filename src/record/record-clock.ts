// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../base/run/clock.ts";
import type { Recorder } from "./recorder.ts";

/** A clock that has every answer noted, and every timer and turn when it runs. Times have µs: what JSON keeps exactly. */
export function recordClock(clock: Clock, recorder: Recorder): Clock {
  const now = (): number => {
    const time = Math.round(clock.now() * 1000) / 1000;
    recorder.answer("now", time);
    return time;
  };
  return {
    now,
    wall() {
      const time = clock.wall();
      recorder.answer("wall", time);
      return time;
    },
    after(ms, run) {
      const due = now() + ms;
      return clock.after(ms, () => {
        recorder.input({ in: "timer", due });
        run();
      });
    },
    every(ms, run) {
      let due = now();
      return clock.every(ms, () => {
        due += ms;
        recorder.input({ in: "timer", due });
        run();
      });
    },
    soon: (run) =>
      clock.soon(() => {
        recorder.input({ in: "turn" });
        run();
      }),
  };
}
