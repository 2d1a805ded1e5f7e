// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { type Place, enter } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";

/** A script for Node that runs in a workload and reports in lines. */
export class Program {
  /** What it printed so far. */
  readonly lines: string[] = [];
  /** Settles with its exit status when it has ended. */
  readonly ended: Promise<number | null>;
  readonly #child;

  constructor(place: Place, script: string) {
    const [program, ...argv] = enter(place, [process.execPath, "-e", script]);
    this.#child = spawn(program!, argv, { stdio: ["pipe", "pipe", "inherit"] });
    let rest = "";
    this.#child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
    });
    this.ended = new Promise((resolve) => this.#child.on("close", resolve));
  }

  tell(text: string): void {
    this.#child.stdin.end(text);
  }

  /** The first line for which `wanted` holds, as soon as it is there. */
  async said(wanted: (line: string) => boolean): Promise<string> {
    await waitFor("a line of a program", () => this.lines.some(wanted), { within: 20_000 });
    return this.lines.find(wanted)!;
  }

  end(): void {
    this.#child.kill();
  }
}
