// SPDX-License-Identifier: Apache-2.0
import { describeAllowed } from "../../src/contract/config/read-value.ts";
import type { SchemaNode } from "../../src/contract/config/schema-node.ts";
import { page, table } from "./markdown.ts";

/** Reference of one configuration file: a table for the top, and one for each section below it. */
export function configPage(title: string, source: string, intro: string, schema: SchemaNode): string {
  const parts = [intro];
  for (const { path, node } of sectionsOf("", schema)) {
    const rows = Object.entries(node.properties ?? {}).map(([key, property]) =>
      row(path, key, property, node.required?.includes(key) ?? false),
    );
    parts.push(`## ${path === "" ? "Top level" : `\`${path}\``}`);
    if (path !== "")
      parts.push(`${node.description}.${node.shorthand === undefined ? "" : ` A single value in its place is its \`${node.shorthand}\`.`}`);
    parts.push(table(["key", "takes", "default", "meaning"], rows));
  }
  return page(title, source, parts);
}

function row(path: string, key: string, property: SchemaNode, required: boolean): readonly string[] {
  const inner = sectionIn(property);
  const takes = inner === undefined ? takesOf(property) : linkTo(path === "" ? key : `${path}.${key}`, property);
  return [`\`${key}\``, takes, defaultOf(property, required), meaningOf(property)];
}

function meaningOf(property: SchemaNode): string {
  return property.description ?? "";
}

function takesOf(property: SchemaNode): string {
  return `${describeAllowed(property)}${property.unit === undefined ? "" : ` (${property.unit})`}`;
}

function defaultOf(property: SchemaNode, required: boolean): string {
  if (property.defaultText !== undefined) return property.defaultText;
  if (property.default === undefined) return required ? "**required**" : "absent";
  if (property.properties) return "its defaults";
  if (sectionIn(property) !== undefined || JSON.stringify(property.default) === "[]") return "empty";
  const value = property.default as string | number | boolean | readonly string[];
  return `\`${typeof value === "object" ? `[${value.join(", ")}]` : String(value)}\``;
}

/** The section that a key holds: itself, the items of its list, the values of its mapping. */
function sectionIn(property: SchemaNode): { readonly suffix: string; readonly node: SchemaNode } | undefined {
  if (property.properties) return { suffix: "", node: property };
  if (property.items?.properties) return { suffix: "[]", node: property.items };
  if (typeof property.additionalProperties === "object") return { suffix: ".NAME", node: property.additionalProperties };
  return undefined;
}

function linkTo(path: string, property: SchemaNode): string {
  const { suffix } = sectionIn(property)!;
  const heading = `${path}${suffix}`;
  const what = suffix === "" ? "section" : suffix === "[]" ? "list of sections" : "sections by name";
  return `${what} [\`${heading}\`](#${heading.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "")})`;
}

function sectionsOf(path: string, node: SchemaNode): readonly { readonly path: string; readonly node: SchemaNode }[] {
  const below = Object.entries(node.properties ?? {}).flatMap(([key, property]) => {
    const inner = sectionIn(property);
    return inner === undefined ? [] : sectionsOf(`${path === "" ? key : `${path}.${key}`}${inner.suffix}`, inner.node);
  });
  return [{ path, node }, ...below];
}
