// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { LabError } from "../errors.ts";
import { markedEnvironment } from "./lab-mark.ts";

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Fed to standard input. */
  readonly input?: string;
  /** Milliseconds; then SIGKILL and status 124. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Runs a program to its end. Never throws for a failing one, only when it cannot be started. */
export async function tryCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return await new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ["pipe", "pipe", "pipe"], env: markedEnvironment() });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, options.timeout ?? 60_000);
    const stop = (): void => void child.kill("SIGINT");
    options.signal?.addEventListener("abort", stop, { once: true });
    child.stdout.on("data", (b: Buffer) => out.push(b));
    child.stderr.on("data", (b: Buffer) => err.push(b));
    // A program that ends before it has read everything is reported by its status.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(new LabError("WEFT_LAB_COMMAND", `${argv[0]}: cannot be started: ${cause.message}`, { cause }));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", stop);
      const status = late ? 124 : (code ?? 128);
      resolve({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}

/** Runs a program that has to succeed and gives its output. @throws LabError WEFT_LAB_COMMAND with what it said */
export async function command(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await tryCommand(argv, options);
  if (result.status !== 0) {
    const said = (result.stderr.trim() || result.stdout.trim()).slice(0, 2000);
    throw new LabError("WEFT_LAB_COMMAND", `${argv.join(" ")}: status ${result.status}${said === "" ? "" : `: ${said}`}`);
  }
  return result.stdout;
}
