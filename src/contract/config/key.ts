// SPDX-License-Identifier: Apache-2.0
import { type TProperties, type TSchema, Type } from "typebox";
import type { TextFormName, TextFormValue } from "./text-form.ts";

/** What each key says about itself besides its type; the reference pages are made from it. */
export interface KeyNotes {
  readonly description: string;
  /** Shown beside numbers: `seconds`, `octets`. */
  readonly unit?: string;
  /** What holds when the key is absent, in words, for defaults that depend on other keys. */
  readonly defaultText?: string;
}

/** Text in one of our forms, read into its canonical value. */
export function text<F extends TextFormName>(format: F, notes: KeyNotes & { readonly default?: string }) {
  return Type.Unsafe<TextFormValue<F>>({ type: "string", format, ...notes });
}

/** Free text of `minLength` to `maxLength` characters. */
export function words(notes: KeyNotes & { readonly minLength?: number; readonly maxLength: number; readonly default?: string }) {
  return Type.Unsafe<string>({ type: "string", minLength: 1, ...notes });
}

export function integer(minimum: number, maximum: number, notes: KeyNotes & { readonly default?: number }) {
  return Type.Integer({ minimum, maximum, ...notes });
}

export function flag(notes: KeyNotes & { readonly default: boolean }) {
  return Type.Boolean({ ...notes });
}

/** One of a few words. */
export function choice<const V extends string>(values: readonly V[], notes: KeyNotes & { readonly default?: V }) {
  return Type.Unsafe<V>({ type: "string", enum: values, ...notes });
}

/** A whole number, or one word that stands for a special case (`auto`, `never`). */
export function integerOr<const W extends string>(
  word: W,
  minimum: number,
  maximum: number,
  notes: KeyNotes & { readonly default?: number | W },
) {
  return Type.Unsafe<number | W>({ anyOf: [{ type: "integer", minimum, maximum }, { const: word }], ...notes });
}

/** One of a few words, or a whole number for what has no word. */
export function choiceOrInteger<const V extends string>(values: readonly V[], minimum: number, maximum: number, notes: KeyNotes) {
  return Type.Unsafe<V | number>({
    anyOf: [
      { type: "string", enum: values },
      { type: "integer", minimum, maximum },
    ],
    ...notes,
  });
}

/** A whole number, several of which any will do, or one word that stands for a special case. */
export function integersOr<const W extends string>(word: W, minimum: number, maximum: number, notes: KeyNotes) {
  const one = { type: "integer", minimum, maximum };
  return Type.Unsafe<number | readonly number[] | W>({ anyOf: [one, { const: word }, { type: "array", items: one }], ...notes });
}

/** `single`: one item may stand without the list. */
export function list<S extends TSchema>(items: S, notes: KeyNotes & { readonly default?: readonly unknown[]; readonly single?: true }) {
  return Type.Unsafe<readonly Type.Static<S>[]>({ type: "array", items, ...notes });
}

/** A mapping whose keys are names that the user chooses. */
export function mapping<S extends TSchema>(value: S, notes: KeyNotes & { readonly default?: Readonly<Record<string, never>> }) {
  return Type.Unsafe<Readonly<Record<string, Type.Static<S>>>>({
    type: "object",
    propertyNames: { format: "name" },
    additionalProperties: value,
    ...notes,
  });
}

/**
 * A section with known keys. Keys with a default may be left out by the user and are always there afterwards.
 * `shorthand`: text in place of the section stands for this one key.
 */
export function section<P extends TProperties>(
  properties: P,
  notes: KeyNotes & { readonly default?: Readonly<Record<string, never>>; readonly shorthand?: keyof P & string },
) {
  return Type.Unsafe<Readonly<Type.Static<Type.TObject<P>>>>({ ...Type.Object(properties), additionalProperties: false, ...notes });
}

/** May be absent, and then has no value. */
export const optional = Type.Optional;
