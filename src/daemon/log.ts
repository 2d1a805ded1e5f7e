// SPDX-License-Identifier: Apache-2.0
import { styleText } from "node:util";
import { destination, type Level, type Logger, pino } from "pino";
import type { EventLevel } from "../base/run/journal.ts";

export interface LogSettings {
  readonly level: EventLevel;
  readonly format: "json" | "text";
}

/** Logger on standard error: one JSON object a line, or a line for people. Synchronous, so that nothing is lost when the process dies. */
export function makeLogger(settings: LogSettings, fd = 2): Logger {
  const options = {
    level: settings.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const sink = destination({ fd, sync: true });
  if (settings.format === "json") return pino(options, sink);
  return pino(options, { write: (line: string) => void sink.write(`${textLine(line)}\n`) });
}

const colours = { debug: "gray", info: "green", warn: "yellow", error: "red", trace: "gray", fatal: "red", silent: "gray" } as const;

/** `10:20:30.123 info  bgp.session-up  session with 10.0.0.4 is up`. */
function textLine(json: string): string {
  const { level, time, event, msg, ...fields } = JSON.parse(json) as {
    level: Level;
    time: string;
    event?: string;
    msg: string;
    stack?: string;
  };
  const name = styleText(colours[level], level.padEnd(5), { stream: process.stderr });
  const stack = typeof fields.stack === "string" ? `\n${fields.stack}` : "";
  return `${time.slice(11, 23)} ${name} ${event === undefined ? "" : `${event}: `}${msg}${stack}`;
}
