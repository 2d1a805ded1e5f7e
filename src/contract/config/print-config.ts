// SPDX-License-Identifier: Apache-2.0
import { stringify } from "yaml";
import { formatPrefix, type Prefix } from "../../base/net/prefix.ts";
import type { AgentConfig, ListenEndpoint, ReflectorConfig } from "./load.ts";
import type { LabTopology } from "./lab-schema.ts";

/** A configuration as YAML that reads back to the same values. */
export function printConfig(config: AgentConfig | ReflectorConfig | LabTopology): string {
  return stringify(plain(config), { lineWidth: 0 });
}

function isPrefix(value: object): value is Prefix {
  return Object.keys(value).length === 2 && "ip" in value && "length" in value;
}

function isEndpoint(value: object): value is ListenEndpoint {
  return Object.keys(value).length === 2 && "address" in value && "port" in value;
}

/** Values that we read from text become text again. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (isPrefix(value)) return formatPrefix(value);
  if (isEndpoint(value)) return value.address.includes(":") ? `[${value.address}]:${value.port}` : `${value.address}:${value.port}`;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, plain(v)]));
}
