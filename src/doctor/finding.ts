// SPDX-License-Identifier: Apache-2.0
import type { HostFacts } from "./facts.ts";
import type { Remedy } from "./remedy.ts";

/**
 * `error`: something does not work, or will not under load. `warning`: something works by luck, or badly. `note`: right on
 * most hosts; worth knowing on some.
 */
export type FindingSeverity = "error" | "warning" | "note";

/** What a check found on one object. */
export interface Finding {
  readonly severity: FindingSeverity;
  /** `device eth0`, `namespace weft-shop`, `host`. */
  readonly object: string;
  readonly what: string;
  readonly why: string;
  /** What `--fix` does. Empty: that is left to people. */
  readonly remedies: readonly Remedy[];
  /** Command lines for people, where there is no remedy, or it is not all. */
  readonly advice?: readonly string[] | undefined;
}

/** A question to a host. Pure: judges facts and reads nothing. */
export interface Check {
  /** Stable. */
  readonly code: string;
  /** What a finding with this code means, for the reference. */
  readonly meaning: string;
  readonly judge: (facts: HostFacts) => readonly Finding[];
}
