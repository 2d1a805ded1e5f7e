// SPDX-License-Identifier: Apache-2.0
import type { OutputFormat } from "../inspect-options.ts";
import { type Column, Table } from "./table.ts";

/** NO_COLOR and FORCE_COLOR count as everywhere (https://no-color.org). */
export function wantsColour(): boolean {
  return process.stdout.isTTY && process.stdout.hasColors();
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says something to the person, not to a program that reads the output. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One value as JSON or YAML. */
export async function printValue(value: unknown, format: Exclude<OutputFormat, "table">): Promise<void> {
  if (format === "json") print(JSON.stringify(value, null, 2));
  else process.stdout.write((await import("yaml")).stringify(value));
}

/** Rows as a table, or as they stand. An empty table prints `nothing` on standard error, so that pipes get nothing. */
export async function printRows<R>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  format: OutputFormat,
  nothing: string,
): Promise<void> {
  if (format !== "table") await printValue(rows, format);
  else if (rows.length === 0) printNote(nothing);
  else print(new Table(columns, wantsColour()).lines(rows).join("\n"));
}
