// SPDX-License-Identifier: Apache-2.0
import type { Static } from "typebox";
import { bgpSchema } from "./bgp-schema.ts";
import { logSchema, metricsSchema } from "./daemon-schema.ts";
import { optional, section, text } from "./key.ts";

/** The file of `weft reflector --config FILE`. */
export const reflectorSchema = section(
  {
    host: optional(text("name", { description: "Name of this reflector", defaultText: "the machine's host name" })),
    bgp: bgpSchema,
    metrics: metricsSchema,
    log: logSchema,
  },
  { description: "Configuration of a route reflector" },
);

export type ReflectorFile = Static<typeof reflectorSchema>;
