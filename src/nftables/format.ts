// SPDX-License-Identifier: Apache-2.0
import type { Listing } from "./listing.ts";
import { type Chain, type Table, type TableMap, type TableSet, tableName } from "./table.ts";

/**
 * An empty chain of this name is in every table that we make: what has it is ours. A comment would say it better, but libnftables
 * before 1.1 leaves that of a table out of its JSON.
 */
export const ownerChain = "of_weft";

function formatSet(set: TableSet): string {
  const flags = [...(set.dynamic ? ["dynamic"] : []), ...(set.interval ? ["interval"] : [])];
  const lines = [`  ${set.type};`];
  if (flags.length > 0) lines.push(`  flags ${flags.join(",")};`);
  if (set.size !== undefined) lines.push(`  size ${set.size};`);
  return ` set ${set.name} {\n${lines.join("\n")}\n }\n`;
}

function formatMap(map: TableMap): string {
  const lines = [`  ${map.type};`];
  if (map.interval) lines.push("  flags interval;");
  if (map.counted) lines.push("  counter;");
  return ` map ${map.name} {\n${lines.join("\n")}\n }\n`;
}

function formatChain(chain: Chain): string {
  const { hook } = chain;
  const head = hook ? `  type ${hook.type} hook ${hook.hook} priority ${hook.priority}; policy accept;\n` : "";
  return ` chain ${chain.name} {\n${head}${chain.rules.map((r) => `  ${r}\n`).join("")} }\n`;
}

/** The table without its elements; chains that are jumped to come first. */
function declaration(table: Table): string {
  const chains = table.chains.toSorted((a, b) => Number(a.hook !== undefined) - Number(b.hook !== undefined));
  const parts = [
    ...table.counters.map((name) => ` counter ${name} { }\n`),
    ...table.sets.map(formatSet),
    ...table.maps.map(formatMap),
    ...chains.map(formatChain),
  ];
  return `table ${tableName(table)} {\n chain ${ownerChain} { }\n${parts.join("")}}\n`;
}

/** What is written for a table, and what its digest is made from. */
export function formatTable(table: Table): string {
  const elements = [...table.sets, ...table.maps].map((s) => elementLines(table, "add", s.name, elementTexts(s))).join("");
  return declaration(table) + elements;
}

/** As they are written: `203.0.113.7 : 10.0.0.7`. */
function elementTexts(s: TableSet | TableMap): readonly string[] {
  return s.elements.map((e) => (typeof e === "string" ? e : `${e[0]} : ${e[1]}`));
}

function elementLines(table: Table, verb: "add" | "delete", name: string, elements: readonly string[]): string {
  return elements.length === 0 ? "" : `${verb} element ${tableName(table)} ${name} { ${elements.join(", ")} }\n`;
}

/**
 * One transaction that makes a table of ours be what is wanted. Rules are written anew; counters, sets that packets fill, and elements
 * that stay are not touched, so what was counted goes on counting, and connections do not notice.
 * @param present what is there of it now
 */
export function updateTransaction(table: Table, present: Listing | undefined): string {
  if (!present) return formatTable(table);
  const name = tableName(table);
  const wanted = {
    chain: new Set([ownerChain, ...table.chains.map((c) => c.name)]),
    set: new Set(table.sets.map((s) => s.name)),
    map: new Set(table.maps.map((m) => m.name)),
    counter: new Set(table.counters),
  };
  let text = `flush table ${name}\n`;
  const changes = [...table.sets, ...table.maps].map((s) => elementChanges(table, s, present));
  // Before the chains, which elements may name.
  for (const { gone } of changes) text += gone;
  for (const [set, { kind }] of present.sets) if (!wanted[kind].has(set)) text += `delete ${kind} ${name} ${set}\n`;
  for (const chain of present.chains.keys()) if (!wanted.chain.has(chain)) text += `delete chain ${name} ${chain}\n`;
  for (const counter of present.counters.keys()) if (!wanted.counter.has(counter)) text += `delete counter ${name} ${counter}\n`;
  text += declaration(table);
  for (const { fresh } of changes) text += fresh;
  return text;
}

function elementChanges(table: Table, s: TableSet | TableMap, present: Listing): { readonly gone: string; readonly fresh: string } {
  if ("dynamic" in s && s.dynamic) return { gone: "", fresh: "" };
  const texts = elementTexts(s);
  const had = present.sets.get(s.name);
  if (!had) return { gone: "", fresh: elementLines(table, "add", s.name, texts) };
  // Prefixes come back in another form than they were written in.
  if (s.interval || !had.elements) {
    return { gone: `flush ${had.kind} ${tableName(table)} ${s.name}\n`, fresh: elementLines(table, "add", s.name, texts) };
  }
  const has = new Set(texts);
  const before = new Set(had.elements);
  const gone = had.elements.filter((e) => !has.has(e)).map((e) => e.split(" : ")[0]!);
  const fresh = texts.filter((e) => !before.has(e));
  return { gone: elementLines(table, "delete", s.name, gone), fresh: elementLines(table, "add", s.name, fresh) };
}

/** The same by making the table again: for one whose sets or hooks are declared otherwise than wanted. What it counted is lost. */
export function replaceTransaction(table: Table): string {
  return `add table ${tableName(table)}\ndelete table ${tableName(table)}\n${formatTable(table)}`;
}
