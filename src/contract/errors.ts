// SPDX-License-Identifier: Apache-2.0
import type { ConfigProblem } from "./config/problem.ts";
import { formatProblem } from "./config/problem.ts";

/** A configuration file that cannot be used. `problems` holds every fault that was found, in the order of the file. */
export class ConfigError extends Error {
  readonly code = "WEFT_CONFIG_INVALID";
  readonly problems: readonly ConfigProblem[];
  constructor(file: string, problems: readonly ConfigProblem[], options?: { readonly cause: unknown }) {
    super(problems.map((p) => formatProblem(file, p)).join("\n"), options);
    this.name = "ConfigError";
    this.problems = problems;
  }
}
