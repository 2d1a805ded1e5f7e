// SPDX-License-Identifier: Apache-2.0
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import type { ConfigPath, ConfigProblemCode } from "./problem.ts";
import type { SchemaNode } from "./schema-node.ts";
import { suggest } from "./suggest.ts";
import { type Parsed, type TextForm, textForms } from "./text-form.ts";

/** Where a fault goes. `offset` is the place in the text. */
export type Report = (fault: {
  readonly code: ConfigProblemCode;
  readonly path: ConfigPath;
  readonly offset: number;
  readonly wrong: string;
  readonly allowed?: string;
  readonly mend?: string;
}) => void;

/** Stands for a value that has been reported; nothing is to be done with it. */
export const unusable = Symbol("unusable");

interface Context {
  readonly document: Document;
  readonly report: Report;
}

interface Place {
  readonly node: Node | null | undefined;
  readonly path: ConfigPath;
  /** Of the key, for values that are absent or empty. */
  readonly offset: number;
}

const startOf = (place: Place): number => place.node?.range?.[0] ?? place.offset;

/**
 * Reads one YAML node by its schema: canonical values, defaults filled in. Every fault is reported, and reading goes on
 * beside it; a value with a fault anywhere in it comes back as {@link unusable}.
 */
export function readValue(schema: SchemaNode, at: Place, context: Context): unknown {
  const node = isAlias(at.node) ? at.node.resolve(context.document) : at.node;
  const place = { ...at, node };
  if (schema.anyOf) return readChoice(schema.anyOf, place, context);
  switch (schema.type) {
    case "object":
      return schema.properties ? readSection(schema, place, context) : readMapping(schema, place, context);
    case "array":
      return readList(schema, place, context);
    default:
      return readScalar(schema, place, context);
  }
}

/** "a whole number from 1 to 65535", "one of …": what a key takes, in words. */
export function describeAllowed(schema: SchemaNode): string {
  if (schema.anyOf) return schema.anyOf.map(describeAllowed).join(", or ");
  if (schema.const !== undefined) return `"${schema.const}"`;
  if (schema.enum) return schema.enum.length === 1 ? `"${schema.enum[0]}"` : `one of ${schema.enum.join(", ")}`;
  if (schema.format) return textForms[schema.format].allowed;
  switch (schema.type) {
    case "integer":
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case "boolean":
      return "true or false";
    case "string":
      return `text of ${schema.minLength ?? 0} to ${schema.maxLength} octets`;
    case "array":
      return `a list, each item ${schema.items?.properties ? "a section" : describeAllowed(schema.items!)}`;
    default:
      return schema.properties ? `a section with the keys ${Object.keys(schema.properties).join(", ")}` : "a mapping of names to sections";
  }
}

function describeFound(node: Node | null | undefined): string {
  if (isMap(node)) return "is a section";
  if (isSeq(node)) return "is a list";
  if (!isScalar(node) || node.value === null) return "has no value";
  if (typeof node.value === "string") return `is the text "${node.value}"`;
  return `is ${typeof node.value === "boolean" ? "the truth value" : "the number"} ${node.source ?? ""}`;
}

function wrongType(schema: SchemaNode, place: Place, context: Context, mend = ""): typeof unusable {
  const fault = { path: place.path, offset: startOf(place), wrong: describeFound(place.node) };
  context.report({ code: "WEFT_CONFIG_TYPE", ...fault, allowed: `allowed: ${describeAllowed(schema)}`, mend });
  return unusable;
}

function wrongValue(schema: SchemaNode, place: Place, context: Context, wrong: string, mend = ""): typeof unusable {
  context.report({
    code: "WEFT_CONFIG_VALUE",
    path: place.path,
    offset: startOf(place),
    wrong,
    allowed: `allowed: ${describeAllowed(schema)}`,
    mend,
  });
  return unusable;
}

function readChoice(options: readonly SchemaNode[], place: Place, context: Context): unknown {
  const list = options.find((o) => o.type === "array");
  // Nothing else can be meant by a list, so its own faults are told.
  if (list && isSeq(place.node)) return readList(list, place, context);
  for (const option of options) {
    let faults = 0;
    const value = readScalar(option, place, { ...context, report: () => void faults++ });
    if (faults === 0) return value;
  }
  const found = isScalar(place.node) && place.node.value !== null;
  return (found ? wrongValue : wrongType)({ anyOf: options }, place, context, found ? `${String(place.node.value)} is neither` : "");
}

function readScalar(schema: SchemaNode, place: Place, context: Context): unknown {
  const value: unknown = isScalar(place.node) ? place.node.value : undefined;
  if (schema.type === "integer") {
    if (typeof value === "string" && /^\d+$/.test(value)) return wrongType(schema, place, context, "write it without quotes");
    if (typeof value !== "number") return wrongType(schema, place, context);
    const fits = Number.isInteger(value) && value >= schema.minimum! && value <= schema.maximum!;
    return fits
      ? value
      : wrongValue(schema, place, context, Number.isInteger(value) ? `${value} is out of range` : `${value} is no whole number`);
  }
  if (schema.type === "boolean") {
    if (typeof value === "boolean") return value;
    const word = typeof value === "string" ? { yes: "true", on: "true", no: "false", off: "false" }[value.toLowerCase()] : undefined;
    return wrongType(schema, place, context, word ? `write ${word}` : "");
  }
  if (typeof value === "number" || typeof value === "boolean") return wrongType(schema, place, context, "put it in quotes");
  if (typeof value !== "string") return wrongType(schema, place, context);
  return readText(schema, value, place, context);
}

function readText(schema: SchemaNode, value: string, place: Place, context: Context): unknown {
  const words = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (words) {
    if (words.includes(value)) return value;
    const meant = suggest(value, words);
    return wrongValue(schema, place, context, `"${value}" is not known`, meant ? `did you mean "${meant}"?` : "");
  }
  if (schema.format) {
    const form: TextForm<unknown> = textForms[schema.format];
    const parsed: Parsed<unknown> = form.parse(value);
    return "value" in parsed ? parsed.value : wrongValue(schema, place, context, parsed.wrong);
  }
  const length = Buffer.byteLength(value);
  if (length < (schema.minLength ?? 0)) return wrongValue(schema, place, context, "is empty");
  if (length > schema.maxLength!) return wrongValue(schema, place, context, `is ${length} octets long`);
  return value;
}

function readList(schema: SchemaNode, place: Place, context: Context): unknown {
  const items = schema.items!;
  if (schema.single && isScalar(place.node)) {
    const value = readValue(items, place, context);
    return value === unusable ? unusable : [value];
  }
  if (!isSeq(place.node)) return wrongType(schema, place, context, isScalar(place.node) ? "put it in brackets: [ … ]" : "");
  const values = place.node.items.map((item, i) =>
    readValue(items, { node: item as Node | null, path: [...place.path, i], offset: startOf(place) }, context),
  );
  return values.includes(unusable) ? unusable : values;
}

interface Entry {
  readonly key: string;
  readonly offset: number;
  readonly node: Node | null;
}

function entriesOf(map: YAMLMap, path: ConfigPath, context: Context): readonly Entry[] {
  const entries: Entry[] = [];
  for (const pair of map.items) {
    const keyNode = pair.key as Node | null;
    const offset = keyNode?.range?.[0] ?? map.range?.[0] ?? 0;
    const value: unknown = isScalar(keyNode) ? keyNode.value : undefined;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      entries.push({ key: String(value), offset, node: pair.value as Node | null });
    } else {
      context.report({ code: "WEFT_CONFIG_TYPE", path, offset, wrong: "has a key that is no text" });
    }
  }
  return entries;
}

function readMapping(schema: SchemaNode, place: Place, context: Context): unknown {
  if (!isMap(place.node)) return wrongType(schema, place, context);
  const out: Record<string, unknown> = {};
  let whole = true;
  for (const entry of entriesOf(place.node, place.path, context)) {
    const path = [...place.path, entry.key];
    const name = textForms.name.parse(entry.key);
    if ("wrong" in name) {
      const allowed = `allowed: ${textForms.name.allowed}`;
      context.report({ code: "WEFT_CONFIG_VALUE", path, offset: entry.offset, wrong: name.wrong, allowed });
    }
    const value = readValue(schema.additionalProperties as SchemaNode, { node: entry.node, path, offset: entry.offset }, context);
    if (value === unusable || "wrong" in name) whole = false;
    else out[entry.key] = value;
  }
  return whole ? out : unusable;
}

function readSection(schema: SchemaNode, place: Place, context: Context): unknown {
  const properties = schema.properties!;
  if (schema.shorthand !== undefined && isScalar(place.node)) {
    const value = readValue(properties[schema.shorthand]!, place, context);
    return value === unusable ? unusable : { ...(fillDefaults(schema) as object), [schema.shorthand]: value };
  }
  if (!isMap(place.node)) return wrongType(schema, place, context);
  const entries = entriesOf(place.node, place.path, context);
  const out: Record<string, unknown> = {};
  // An unknown key spoils nothing but itself: what is beside it can still be looked at as a whole.
  reportUnknownKeys(entries, Object.keys(properties), place.path, context);
  let whole = true;
  for (const [key, property] of Object.entries(properties)) {
    const entry = entries.find((e) => e.key === key);
    const path = [...place.path, key];
    const empty = !entry || entry.node === null || (isScalar(entry.node) && entry.node.value === null);
    if (empty && property.default !== undefined) out[key] = fillDefaults(property);
    else if (entry && !(empty && !schema.required?.includes(key))) {
      const value = readValue(property, { node: entry.node, path, offset: entry.offset }, context);
      if (value === unusable) whole = false;
      else out[key] = value;
    } else if (schema.required?.includes(key)) {
      const offset = startOf(place);
      context.report({ code: "WEFT_CONFIG_MISSING_KEY", path, offset, wrong: "is missing", allowed: `needs ${describeAllowed(property)}` });
      whole = false;
    }
  }
  return whole ? out : unusable;
}

function reportUnknownKeys(entries: readonly Entry[], known: readonly string[], path: ConfigPath, context: Context): void {
  for (const entry of entries.filter((e) => !known.includes(e.key))) {
    const meant = suggest(entry.key, known);
    context.report({
      code: "WEFT_CONFIG_UNKNOWN_KEY",
      path: [...path, entry.key],
      offset: entry.offset,
      wrong: "unknown key",
      allowed: `allowed here: ${known.join(", ")}`,
      mend: meant ? `did you mean "${meant}"?` : "",
    });
  }
}

/** The value of a key that the user left out: that of the schema, sections filled with theirs. */
function fillDefaults(schema: SchemaNode): unknown {
  if (!schema.properties) return schema.default;
  const filled = Object.entries(schema.properties).map(([key, property]) => [key, fillDefaults(property)] as const);
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
}
