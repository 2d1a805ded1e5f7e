// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReflectorConfig } from "./load.ts";
import { withoutSecrets } from "./without-secrets.ts";

test("passwords of peers and ranges are replaced, everything else stays", () => {
  const peers = (password: string): string =>
    `peers: [{ address: 10.0.0.4, asn: 7${password} }], dynamicPeers: [{ range: 10.1.0.0/16, asn: 7${password} }]`;
  const config = (password: string): unknown =>
    parseReflectorConfig(`host: r1\nbgp: { asn: 7, routerId: 10.0.0.1, reflector: {}, ${peers(password)} }\n`, "f.yaml");
  const shown = withoutSecrets(config(', password: "s3cret"'));
  assert.ok(!JSON.stringify(shown).includes("s3cret"));
  assert.deepEqual(shown, config(', password: "(not shown)"'));
  assert.deepEqual(withoutSecrets(config("")), config(""));
});
