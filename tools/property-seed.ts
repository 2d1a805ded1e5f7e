// SPDX-License-Identifier: Apache-2.0
/**
 * Loaded before the unit tests: tests of properties try the same cases each time, so that a gate that fails speaks of the change and not of chance.
 * What a search with another seed finds becomes a test of its own.
 */
import { configureGlobal } from "fast-check";
import { seedOfTests } from "../test/harness/dice.ts";

configureGlobal({ seed: seedOfTests() });
