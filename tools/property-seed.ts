// SPDX-License-Identifier: Apache-2.0
/**
 * Loaded before the unit tests: tests of properties try the same cases each time, so that a gate that fails speaks of the change and not of chance.
 * `WEFT_SEED=N` tries others, `WEFT_SEED=random` new ones: what a search finds becomes a test of its own.
 */
import { configureGlobal } from "fast-check";

const asked = process.env["WEFT_SEED"] ?? "1";
if (asked !== "random") {
  const seed = Number(asked);
  if (!Number.isSafeInteger(seed)) throw new Error(`WEFT_SEED=${asked}: want an integer or "random"`);
  configureGlobal({ seed });
}
