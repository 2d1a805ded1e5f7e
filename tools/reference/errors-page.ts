// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { exitStatusOf } from "../../src/cli/exit-status.ts";
import { configProblemCodes } from "../../src/contract/config/problem.ts";
import { checks } from "../../src/doctor/check/table.ts";
import { problemCodes } from "../../src/contract/problem-codes.ts";
import { page, table } from "./markdown.ts";

interface ErrorRow {
  readonly code: string;
  readonly folder: string;
  readonly meaning: string;
}

/** Names that begin like codes and are environment variables. */
const notCodes = new Set(["WEFT_RUN_DIR"]);

/** Every code that stands in an `errors.ts`, with the comment above it: its own in a union, else that of its class. */
export function errorRows(): readonly ErrorRow[] {
  const rows = new Map<string, ErrorRow>();
  for (const file of globSync("src/**/errors.ts").toSorted()) {
    const text = readFileSync(file, "utf8");
    const folder = path.dirname(file).slice("src/".length);
    const classDoc = docs(text).find((d) => d.subject.startsWith("export class"))?.doc ?? "";
    for (const match of text.matchAll(/"(WEFT_[A-Z0-9_]+)"/g)) {
      const code = match[1]!;
      if (rows.has(code) || notCodes.has(code)) continue;
      rows.set(code, { code, folder, meaning: docAbove(text, match.index) ?? classDoc });
    }
  }
  return [...rows.values()].toSorted((a, b) => a.code.localeCompare(b.code));
}

interface Doc {
  readonly doc: string;
  /** The line behind the comment. */
  readonly subject: string;
  readonly end: number;
}

function docs(text: string): readonly Doc[] {
  return [...text.matchAll(/\/\*\*\s*([\s\S]*?)\*\/\n[ \t]*([^\n]*)/g)].map((m) => ({
    doc: firstSentence(m[1]!.replaceAll(/\n\s*\*\s?/g, " ")),
    subject: m[2]!,
    end: m.index + m[0].length,
  }));
}

/** The comment of the member or class that the place is in. */
function docAbove(text: string, at: number): string | undefined {
  const lineEnd = text.indexOf("\n", at);
  const line = text.slice(text.lastIndexOf("\n", at) + 1, lineEnd);
  const isMember = /^\s*(\||WEFT_)/.test(line);
  const above = docs(text).findLast(
    (d) => d.end <= lineEnd && (isMember ? d.subject.includes(line.trim()) : d.subject.startsWith("export class")),
  );
  return above?.doc;
}

function firstSentence(doc: string): string {
  const text = doc
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\{@link (\w+)\}/g, "`$1`")
    .trim();
  return /^.*?[.](?= |$)/.exec(text)?.[0] ?? text;
}

export function errorsPage(): string {
  const rows = errorRows();
  return page("Errors", "every `errors.ts` and `src/contract/config/problem.ts`", [
    "Codes are stable: scripts may depend on them, not on the words beside them.",
    "## Errors",
    table(
      ["code", "of", "exit status", "meaning"],
      rows.map((r) => [`\`${r.code}\``, `\`${r.folder}\``, String(exitStatusOf({ code: r.code })), r.meaning]),
    ),
    "## Problems",
    "Listed by `weft status` and counted in `weft_problems`.",
    table(
      ["code", "meaning"],
      Object.entries(problemCodes).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
    "## Findings",
    "Of `weft doctor`.",
    table(
      ["code", "meaning"],
      checks.map(({ code, meaning }) => [`\`${code}\``, meaning]),
    ),
    "## Faults of a configuration file",
    "Each is printed as `FILE:LINE:COLUMN: KEY: what is wrong; what is allowed; how to mend it [CODE]`; the exit status is 78.",
    table(
      ["code", "meaning"],
      Object.entries(configProblemCodes).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
  ]);
}
