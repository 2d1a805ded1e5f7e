// SPDX-License-Identifier: Apache-2.0

/** Keys whose values nobody else may see, at any depth. */
const secretKeys: ReadonlySet<string> = new Set(["password"]);

/** A configuration that can be handed on: what is secret is replaced, that it was set stays visible. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, secretKeys.has(key) ? "(not shown)" : withoutSecrets(v)]));
}
