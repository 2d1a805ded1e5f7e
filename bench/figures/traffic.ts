// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { command } from "../../src/lab/system/command.ts";
import { enter, type Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { quantile } from "../spread.ts";

export const trafficProgram = path.join(tmpdir(), "weft-bench-traffic");

/** Compiles traffic.c; before the first use. */
export function buildTraffic(): void {
  execFileSync("gcc", ["-O2", "-o", trafficProgram, path.join(import.meta.dirname, "traffic.c")], { stdio: "inherit" });
}

/** Octets per second of one TCP connection, and packets per second in frames of 64 octets that arrive. */
export type Measure = "stream" | "small";

const seconds = 3;

export async function rate(measure: Measure, from: Place, to: Place, address: string): Promise<number> {
  const sink = await listener(to, `${measure}-from`);
  const closed = once(sink.child, "close");
  await command(enter(from, [trafficProgram, `${measure}-to`, address, String(seconds)]));
  await closed;
  return Number(sink.said().split("\n")[1]);
}

/** Round trips in µs, a row for each new flow (a new socket each), `turns` one after another in a row. */
export async function roundTrips(from: Place, to: Place, flows: number, turns: number, addresses: readonly string[]): Promise<number[][]> {
  const sink = await listener(to, "answer");
  try {
    const said = await command(enter(from, [trafficProgram, "ask", String(flows), String(turns), ...addresses]));
    return said
      .trim()
      .split("\n")
      .map((l) => l.split(" ").map(Number));
  } finally {
    sink.child.kill();
  }
}

export interface Listener {
  readonly child: ChildProcessByStdio<null, Readable, null>;
  readonly said: () => string;
}

/** A side that waits for traffic, once it does. */
export async function listener(place: Place, mode: string): Promise<Listener> {
  const [first, ...rest] = enter(place, [trafficProgram, mode]);
  const child = spawn(first!, rest, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (t: string) => (said += t));
  await waitFor(mode, () => said.startsWith("ready"), { every: 5 });
  return { child, said: () => said };
}

/** Of each round by itself, since the machine differs from round to round: the median of the ratios. */
export function ratio(values: readonly number[], of: readonly number[]): string {
  return quantile(
    values.map((v, i) => v / of[i]!),
    0.5,
  ).toFixed(2);
}
