// SPDX-License-Identifier: Apache-2.0
import type { Crowd } from "./generator.ts";

/** What is done with a reflector: the steps are in steps.ts. */
export type Course = "fill" | "late" | "churn" | "stalled";

/** A figure and what it must reach: so many times FRR's, or a limit of its own. */
export interface Wanted {
  readonly times?: number;
  readonly atMost?: number;
}

export interface Load {
  readonly course: Course;
  readonly crowd: Crowd;
  /** By figure of the course. */
  readonly wanted: Readonly<Record<string, Wanted>>;
  /** Runs that are enough where one takes long. */
  readonly runs?: number;
}

const latency = { "one route, p50 ms": { atMost: 0.5 }, "one route, p99 ms": { atMost: 5 } };

/** By the name that `--loads` takes. */
export const loads: Readonly<Record<string, Load>> = {
  "2+2": {
    course: "fill",
    crowd: { senders: 2, clients: 4, routes: 100_000 },
    wanted: { "k routes/s": { times: 6 }, "withdraw, s": { times: 3 }, ...latency },
  },
  "10+40": {
    course: "fill",
    crowd: { senders: 10, clients: 50, routes: 20_000 },
    wanted: { "k routes/s": { times: 3.5 }, "withdraw, s": { times: 3 }, ...latency, "one route, p50 ms": { atMost: 1.2 } },
  },
  "4+96": {
    course: "fill",
    crowd: { senders: 4, clients: 100, routes: 25_000 },
    wanted: { "k routes/s": { times: 2.2 }, "withdraw, s": { times: 3 }, ...latency, "one route, p50 ms": { atMost: 1.2 } },
  },
  "4+6": {
    course: "fill",
    crowd: { senders: 4, clients: 10, routes: 250_000 },
    wanted: { "k routes/s": { times: 8 }, "withdraw, s": { times: 3 }, "resident, MB": { atMost: 170 }, ...latency },
  },
  single: {
    course: "fill",
    crowd: { senders: 4, clients: 10, routes: 25_000, shape: "with-ip", perUpdate: 1 },
    wanted: { "k routes/s": { times: 4 }, "withdraw, s": { times: 3 }, ...latency },
  },
  irb: {
    course: "fill",
    crowd: { senders: 4, clients: 10, routes: 100_000, shape: "irb", perSet: 10 },
    wanted: { "k routes/s": { times: 3 }, "withdraw, s": { times: 3 }, ...latency },
  },
  // Beside `irb` for the memory of a set: the same routes with few sets.
  "irb-few-sets": { course: "fill", crowd: { senders: 4, clients: 10, routes: 100_000, shape: "irb", perUpdate: 80 }, wanted: {} },
  "50+950": {
    course: "fill",
    crowd: { senders: 50, clients: 1000, routes: 2000 },
    wanted: { "k routes/s": { times: 10 }, "resident, MB": { atMost: 200 } },
    runs: 3,
  },
  late: {
    course: "late",
    crowd: { senders: 4, clients: 10, routes: 250_000 },
    wanted: {
      "late joiner, ms": { atMost: 150 },
      "peer down, ms": { atMost: 150 },
      "pause while filling, ms": { atMost: 20 },
      "pause while joining, ms": { atMost: 20 },
      "pause while down, ms": { atMost: 20 },
    },
  },
  churn: {
    course: "churn",
    crowd: { senders: 10, clients: 50, routes: 20_000, sharedMacs: true, vnis: 1 },
    wanted: { "p99 ms": { atMost: 20 } },
    runs: 1,
  },
  stalled: {
    course: "stalled",
    crowd: { senders: 4, clients: 10, routes: 50_000 },
    wanted: { "p50 beside it, times": { atMost: 1.5 } },
  },
};
