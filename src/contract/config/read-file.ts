// SPDX-License-Identifier: Apache-2.0
import { LineCounter, type Node, parseAllDocuments } from "yaml";
import { ConfigError } from "../errors.ts";
import type { ConfigPath, ConfigProblem, ConfigProblemCode } from "./problem.ts";
import { readValue, type Report, unusable } from "./read-value.ts";
import type { SchemaNode } from "./schema-node.ts";

/** Reports a fault that only shows when several keys are seen together; the place is that of `path`, or of its nearest parent. */
export type Complain = (code: ConfigProblemCode, path: ConfigPath, wrong: string, allowed?: string, mend?: string) => void;

/**
 * Reads YAML text by a schema, then lets `check` look at the whole.
 * A value that cannot be read hides faults of meaning: `check` runs only when every key that we know has a usable value.
 * @param file shown in the errors
 * @param check may ask for the line of a key, 1-based
 * @throws ConfigError with every fault, in the order of the file
 */
export function readConfig<T>(
  text: string,
  file: string,
  schema: SchemaNode,
  check: (value: T, complain: Complain, lineOf: (path: ConfigPath) => number) => void,
): T {
  const lines = new LineCounter();
  const problems: ConfigProblem[] = [];
  const report: Report = ({ code, path, offset, wrong, allowed = "", mend = "" }) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ code, path, line, column: col, wrong, allowed, mend });
  };
  const give = (): never => {
    throw new ConfigError(
      file,
      problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
    );
  };
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, stringKeys: false });
  const document = Array.isArray(documents) ? documents[0] : undefined;
  const syntax = (offset: number, wrong: string): void => report({ code: "WEFT_CONFIG_SYNTAX", path: [], offset, wrong });
  if (!document) {
    problems.push({ code: "WEFT_CONFIG_SYNTAX", path: [], line: 0, column: 0, wrong: "the file is empty", allowed: "", mend: "" });
    return give();
  }
  for (const error of documents.flatMap((d) => d.errors)) syntax(error.pos[0], `not valid YAML: ${error.message}`);
  if (documents.length > 1) syntax(documents[1]!.range?.[0] ?? 0, "a second document; one file holds one");
  if (problems.length > 0) return give();
  const value = readValue(schema, { node: document.contents, path: [], offset: 0 }, { document, report });
  if (value === unusable) return give();
  const offsetOf = (path: ConfigPath): number => {
    let range: readonly number[] | null | undefined;
    for (let n = path.length; n >= 0 && !range; n--) range = (document.getIn(path.slice(0, n), true) as Node | undefined)?.range;
    return range?.[0] ?? 0;
  };
  const complain: Complain = (code, path, wrong, allowed = "", mend = "") =>
    report({ code, path, offset: offsetOf(path), wrong, allowed, mend });
  check(value as T, complain, (path) => lines.linePos(offsetOf(path)).line);
  return problems.length > 0 ? give() : (value as T);
}
