// SPDX-License-Identifier: Apache-2.0
import { choice, optional, section, text } from "./key.ts";

/** Sections that every long-running process has. */
export const metricsSchema = section(
  {
    listen: optional(
      text("endpoint", {
        description: "ADDRESS:PORT where `/metrics` and `/health` are served over HTTP, and nothing else",
        defaultText: "local socket only, where they always are",
      }),
    ),
    perPeer: choice(["all", "named", "none"], {
      description:
        "Which BGP peers have series of their own, some 20 each, BFD included. `named`: not those that came in through a range; totals are there always",
      default: "all",
    }),
  },
  { description: "Prometheus metrics", default: {} },
);

export const logSchema = section(
  {
    level: choice(["debug", "info", "warn", "error"], { description: "Least level that is written", default: "info" }),
    format: choice(["json", "text"], { description: "One JSON object a line, or a line for people", default: "json" }),
  },
  { description: "Log on standard error", default: {} },
);
