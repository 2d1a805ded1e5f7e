// SPDX-License-Identifier: Apache-2.0
import { parse } from "yaml";
import { agentSchema } from "./agent-schema.ts";
import { labSchema } from "./lab-schema.ts";
import { reflectorSchema } from "./reflector-schema.ts";
import type { SchemaNode } from "./schema-node.ts";

export type ConfigKind = "agent" | "reflector" | "lab";

/** What a file is for, by its keys: the kind that knows most of them; of equals, a reflector only when it says that it reflects. */
export function guessConfigKind(text: string): ConfigKind {
  const keys = topLevelKeys(text);
  const known = (schema: object): number => keys.filter((k) => k.name in ((schema as SchemaNode).properties ?? {})).length;
  const score = { agent: known(agentSchema), reflector: known(reflectorSchema), lab: known(labSchema) };
  if (score.lab > score.agent) return "lab";
  const reflects = keys.some((k) => k.name === "bgp" && typeof k.value === "object" && k.value !== null && "reflector" in k.value);
  return score.reflector === score.agent && reflects ? "reflector" : "agent";
}

function topLevelKeys(text: string): readonly { readonly name: string; readonly value: unknown }[] {
  try {
    const value: unknown = parse(text);
    return typeof value === "object" && value !== null ? Object.entries(value).map(([name, v]) => ({ name, value: v as unknown })) : [];
  } catch {
    // Not YAML: any kind will say so, with the place.
    return [];
  }
}
