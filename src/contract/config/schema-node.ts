// SPDX-License-Identifier: Apache-2.0
import type { TextFormName } from "./text-form.ts";

/** The part of JSON Schema that `key.ts` makes, as the reader and the reference pages see it. */
export interface SchemaNode {
  readonly type?: "object" | "array" | "string" | "integer" | "boolean";
  readonly description?: string;
  readonly unit?: string;
  readonly defaultText?: string;
  readonly default?: unknown;
  readonly format?: TextFormName;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: SchemaNode;
  readonly single?: true;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly shorthand?: string;
  /** A schema: the values of a mapping with names of the user's choice. */
  readonly additionalProperties?: false | SchemaNode;
  readonly propertyNames?: SchemaNode;
}
