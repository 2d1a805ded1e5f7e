// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { enter, type Place } from "../../src/lab/system/place.ts";

/** What the clients are and what they announce. */
export interface Crowd {
  /** The first so many clients announce; all receive. */
  readonly senders: number;
  readonly clients: number;
  /** Per sender. */
  readonly routes: number;
  /** MAC only and one label; with an IPv4 address too; that and a second label, Router's MAC and a second route target (RFC 9135). */
  readonly shape?: "plain" | "with-ip" | "irb";
  /** Routes in an UPDATE; 100 when absent. */
  readonly perUpdate?: number;
  /** Routes that share a set of attributes; absent: all of a VNI. */
  readonly perSet?: number;
  /** VNIs of each sender; 10 when absent. */
  readonly vnis?: number;
  /** All senders have the same MACs, each announced by one of them at a time. */
  readonly sharedMacs?: boolean;
}

/** What a command took; times in seconds. Counts from `repeated` on are of the generator's whole life. */
export interface Answer {
  /** Until the last client held exactly what is announced. */
  readonly seconds: number;
  /** Routes that came in this command, to all clients. */
  readonly announced: number;
  readonly withdrawn: number;
  readonly octets: number;
  /** CPU time of the generator. */
  readonly cpu: number;
  /** Announcements of what the client held already, of its own routes, withdrawals of what it did not hold, routes of nobody. */
  readonly repeated: number;
  readonly echoed: number;
  readonly unasked: number;
  readonly strange: number;
  /** Sessions that the reflector ended. */
  readonly lost: number;
}

/** `connect`: until the session was up, and from then until the table was complete. */
export interface Joined extends Answer {
  readonly up: number;
  readonly full: number;
}

/** `one` and `churn`: µs from the write of a route until the last client (`one`) or each client (`churn`) had it. */
export interface Latencies extends Answer {
  readonly samples: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

export const reflectorAddress = "10.99.0.1";
export const clientRange = "10.99.0.0/16";
export const asn = 65000;

/** Compiles generator.c. @returns the program */
export function buildGenerator(folder: string): string {
  const program = path.join(folder, "generator");
  execFileSync("cc", ["-O3", "-march=native", "-Wall", "-o", program, path.join(import.meta.dirname, "generator.c")], { stdio: "inherit" });
  return program;
}

/** A running generator.c. */
export class Generator {
  readonly #child: ReturnType<typeof spawn>;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, place: Place, crowd: Crowd) {
    const options: Readonly<Record<string, string | number | undefined>> = {
      reflector: reflectorAddress,
      base: "10.99.1.1",
      asn,
      senders: crowd.senders,
      clients: crowd.clients,
      routes: crowd.routes,
      shape: crowd.shape,
      "per-update": crowd.perUpdate,
      "per-set": crowd.perSet,
      vnis: crowd.vnis,
      "shared-macs": crowd.sharedMacs === true ? 1 : undefined,
    };
    const argv = Object.entries(options).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`, `${value}`]));
    // On a core of its own: the kernel would wake it on that of the reflector whose octets have come, and make that wait.
    const line = enter(place, ["taskset", "-c", `${availableParallelism() - 1}`, program, ...argv]);
    this.#child = spawn(line[0]!, line.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Opens the sessions of clients `[from, to)` and waits until they hold all routes. */
  async connect(from: number, to: number): Promise<Joined> {
    return await this.#ask<Joined>(`connect ${from} ${to}`);
  }

  /** Every sender announces everything, with a sequence number (MAC mobility) unless that is 0. */
  async announce(sequence = 0): Promise<Answer> {
    return await this.#ask(`announce ${sequence}`);
  }

  /** Every sender withdraws everything. */
  async withdraw(): Promise<Answer> {
    return await this.#ask("withdraw");
  }

  /** New routes, one after the other; 2000 at most over all calls. */
  async one(count: number): Promise<Latencies> {
    return await this.#ask<Latencies>(`one ${count}`);
  }

  /** Moves MACs between the senders; `behind` is how long after the last move everybody was right. */
  async churn(perSecond: number, seconds: number): Promise<Latencies & { readonly behind: number }> {
    return await this.#ask(`churn ${perSecond} ${seconds}`);
  }

  /** Client `i` closes its connection. */
  async leave(i: number): Promise<Answer> {
    return await this.#ask(`leave ${i}`);
  }

  /** Client `i` reads nothing until {@link resume}, and nobody waits for it. */
  async stall(i: number): Promise<Answer> {
    return await this.#ask(`stall ${i}`);
  }

  async resume(i: number): Promise<Answer> {
    return await this.#ask(`resume ${i}`);
  }

  async idle(ms: number): Promise<Answer> {
    return await this.#ask(`idle ${ms}`);
  }

  end(): void {
    this.#child.stdin!.end();
  }

  async #ask<T extends Answer>(command: string): Promise<T> {
    this.#child.stdin!.write(`${command}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`the generator ended at "${command}"`);
    const answer = JSON.parse(value) as T;
    if (answer.lost > 0 || answer.strange > 0 || answer.seconds < 0) throw new Error(`${command}: ${value}`);
    return answer;
  }
}
