// SPDX-License-Identifier: Apache-2.0
/** docs/operate/policy.md: its configuration is one, and the command says of it what the page shows. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { parseReflectorConfig } from "../../src/contract/config/load.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { block, page } from "./page.ts";

const root = path.resolve(import.meta.dirname, "../..");
const text = page("docs/operate/policy.md");
const folder = mkdtempSync(path.join(tmpdir(), "weft-policy-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the configuration is one, and a route is tested against it as shown", async () => {
  const yaml = block(text, "example");
  assert.deepEqual(Object.keys(parseReflectorConfig(yaml, "policy.md").bgp.policies), ["from-partner", "to-hosts"]);
  writeFileSync(path.join(folder, "policy.yaml"), yaml);
  const script = `cd ${folder}; PATH=${root}/bin:$PATH\n${block(text, "test")}`;
  const { status, stdout, stderr } = await tryCommand(["sh", "-e", "-c", script]);
  assert.equal(status, 0, stderr);
  assert.equal(stdout, block(text, "tested"));
});
