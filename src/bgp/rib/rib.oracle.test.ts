// SPDX-License-Identifier: Apache-2.0
/**
 * Random scripts against a reference model: after each round every peer must hold exactly what the model says, octet for
 * octet. `WEFT_RIB_ORACLE_ROUNDS=2000` makes it long, `WEFT_RIB_ORACLE_SEED=7` begins elsewhere.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { OracleScript } from "./testing/oracle-script.ts";

const rounds = Number(process.env["WEFT_RIB_ORACLE_ROUNDS"] ?? 6);
const firstSeed = Number(process.env["WEFT_RIB_ORACLE_SEED"] ?? 1);

for (let seed = firstSeed; seed < firstSeed + 6; seed++) {
  test(`every peer holds what the reference model says, seed ${seed}`, () => {
    const script = new OracleScript(seed);
    for (let round = 0; round < rounds; round++) script.round(round);
    assert.ok(script.compared > 0);
    script.end();
  });
}

for (let seed = firstSeed; seed < firstSeed + 12; seed++) {
  test(`every peer holds what it asked for by route target, seed ${seed}`, () => {
    const script = new OracleScript(seed, { asking: true });
    for (let round = 0; round < rounds; round++) script.round(round);
    script.end();
  });
}
