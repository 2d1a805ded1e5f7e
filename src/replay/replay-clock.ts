// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from "../base/run/clock.ts";
import type { Course } from "./course.ts";

interface Pending {
  due: number;
  readonly period: number | undefined;
  readonly run: () => void;
}

/** A timer of another version may be due a little earlier or later than the recorded one, ms. */
const tolerance = 50;

/** A clock that says what the recorded one said; timers and turns run when they ran. */
export class ReplayClock implements Clock {
  readonly #course: Course;
  #timers: Pending[] = [];
  #turns: { readonly run: () => void }[] = [];

  constructor(course: Course) {
    this.#course = course;
  }

  now(): number {
    return this.#time("now");
  }

  wall(): number {
    return this.#time("wall");
  }

  after(ms: number, run: () => void): Timer {
    return this.#add({ due: this.now() + ms, period: undefined, run });
  }

  every(ms: number, run: () => void): Timer {
    return this.#add({ due: this.now() + ms, period: ms, run });
  }

  soon(run: () => void): Timer {
    const turn = { run };
    this.#turns.push(turn);
    return { cancel: () => void (this.#turns = this.#turns.filter((t) => t !== turn)) };
  }

  /** Runs what waits longest for a turn. @returns false when nothing does */
  turn(): boolean {
    const turn = this.#turns.shift();
    turn?.run();
    return turn !== undefined;
  }

  /** The timer that was due at this time, or the nearest; none when nothing like it waits. */
  fire(due: number): void {
    const distance = (p: Pending): number => Math.abs(p.due - due);
    const nearest = this.#timers.toSorted((a, b) => distance(a) - distance(b))[0];
    if (!nearest || distance(nearest) > tolerance) return;
    if (nearest.period === undefined) this.#timers = this.#timers.filter((p) => p !== nearest);
    else nearest.due += nearest.period;
    nearest.run();
  }

  #add(pending: Pending): Timer {
    this.#timers.push(pending);
    return { cancel: () => void (this.#timers = this.#timers.filter((p) => p !== pending)) };
  }

  #time(question: "now" | "wall"): number {
    // A recording that broke off before anybody asked for the time says nothing that depends on it either.
    if (!this.#course.knows(question)) return 0;
    const answer = this.#course.ask(question);
    return "is" in answer ? (answer.is as number) : 0;
  }
}
