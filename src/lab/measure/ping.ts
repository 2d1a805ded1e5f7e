// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { LabError } from "../errors.ts";
import { type Place, enter } from "../system/place.ts";

export interface PingOptions {
  /** Milliseconds between packets. */
  readonly interval?: number;
  /** Packets to send; without it a ping goes on until it is stopped. */
  readonly count?: number;
  /** Octets of data, with the don't-fragment bit set. */
  readonly size?: number;
}

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly duplicates: number;
  /** Milliseconds: the longest run of lost packets times the interval. */
  readonly longestGap: number;
}

/** Sends `count` packets (5 unless told) and counts the answers. */
export async function ping(place: Place, to: string, options: PingOptions = {}): Promise<PingResult> {
  return await new RunningPing(place, to, { ...options, count: options.count ?? 5 }).ended;
}

/** True when an answer comes within a second. */
export async function reaches(place: Place, to: string): Promise<boolean> {
  return (await ping(place, to, { count: 1 })).received === 1;
}

/** `ping -i 0.01 ADDRESS` at a place, watched answer by answer. */
export class RunningPing {
  /** Settles when the program has ended. */
  readonly ended: Promise<PingResult>;
  readonly #child;
  readonly #answered = new Set<number>();

  constructor(place: Place, to: string, options: PingOptions = {}) {
    const interval = options.interval ?? 10;
    const count = options.count === undefined ? [] : ["-c", String(options.count), "-W", "1"];
    const size = options.size === undefined ? [] : ["-s", String(options.size), "-M", "do"];
    const line = enter(place, ["ping", "-n", "-i", String(interval / 1000), ...count, ...size, to]);
    this.#child = spawn(line[0]!, line.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
    let duplicates = 0;
    let other = "";
    let rest = "";
    this.#child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const l of lines) {
        const answer = / icmp_seq=(\d+) ttl=/.exec(l);
        if (answer === null) other += `${l}\n`;
        else if (l.includes("(DUP!)")) duplicates++;
        else this.#answered.add(Number(answer[1]));
      }
    });
    this.#child.stderr.setEncoding("utf8").on("data", (chunk: string) => void (other += chunk));
    this.ended = new Promise<PingResult>((resolve, reject) => {
      this.#child.on("error", (cause) => reject(new LabError("WEFT_LAB_COMMAND", `ping ${to}: ${cause.message}`, { cause })));
      this.#child.on("close", () => {
        const sent = /(\d+) packets transmitted/.exec(other + rest);
        if (sent) resolve({ ...countLosses(this.#answered, Number(sent[1]), interval, options.count === undefined), duplicates });
        else reject(new LabError("WEFT_LAB_COMMAND", `ping ${to} in ${place.namespace}: ${other.trim() || "no result"}`));
      });
    });
    // Whoever awaits it hears of a failure; nobody awaiting it must not end the process.
    this.ended.catch(() => undefined);
  }

  /** Packets answered so far. */
  get received(): number {
    return this.#answered.size;
  }

  async stop(): Promise<PingResult> {
    this.#child.kill("SIGINT");
    return await this.ended;
  }
}

/** `stopped`: the last packet may have been on its way when the program was told to end, and then does not count. */
export function countLosses(
  answered: ReadonlySet<number>,
  transmitted: number,
  interval: number,
  stopped: boolean,
): Omit<PingResult, "duplicates"> {
  const sent = stopped && !answered.has(transmitted) && transmitted > 0 ? transmitted - 1 : transmitted;
  let run = 0;
  let longest = 0;
  let received = 0;
  for (let seq = 1; seq <= sent; seq++) {
    if (answered.has(seq)) {
      received++;
      run = 0;
    } else longest = Math.max(longest, ++run);
  }
  return { sent, received, lost: sent - received, longestGap: longest * interval };
}
