// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import path from "node:path";

/** A fenced block of a page. */
export interface Block {
  /** `sh`, `yaml`, … */
  readonly language: string;
  /** Words behind the language, which readers of the page do not see: where and when a test uses the block. */
  readonly tags: readonly string[];
  readonly text: string;
}

const root = path.resolve(import.meta.dirname, "../..");

/** Text of a page of this repository. */
export function page(name: string): string {
  return readFileSync(path.join(root, name), "utf8");
}

/** Fenced blocks of a Markdown text, in their order. */
export function blocks(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^```(\S*)([^\n]*)\n([\s\S]*?)^```$/gm)].map((m) => ({
    language: m[1]!,
    tags: m[2]!.trim() === "" ? [] : m[2]!.trim().split(/\s+/),
    text: m[3]!,
  }));
}

/** The one block with this tag. @throws Error when there is none, or more than one */
export function block(markdown: string, tag: string): string {
  const found = blocks(markdown).filter((b) => b.tags.includes(tag));
  if (found.length !== 1) throw new Error(`${found.length} blocks are tagged ${tag}, want 1`);
  return found[0]!.text;
}

/** Rows of the first table whose header has the column `column`, as text by column. */
export function tableRows(markdown: string, column: string): readonly Readonly<Record<string, string>>[] {
  const lines = markdown.split("\n");
  const at = lines.findIndex((l) => l.startsWith("|") && cells(l).includes(column));
  if (at < 0) throw new Error(`no table with a column ${column}`);
  const header = cells(lines[at]!);
  const rows: Record<string, string>[] = [];
  for (const line of lines.slice(at + 2)) {
    if (!line.startsWith("|")) break;
    rows.push(Object.fromEntries(cells(line).map((c, i) => [header[i] ?? `${i}`, c])));
  }
  return rows;
}

/** Spans of code in a cell: `weft status`. */
export function codeSpans(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1]!);
}

function cells(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((c) => c.trim().replaceAll("\\|", "|"));
}
