// SPDX-License-Identifier: Apache-2.0
/** docs/operate/nat.md: what it has one type works, its configuration is one, and its reasons are those that there are. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { parseAgentConfig } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { block, codeSpans, page, tableRows } from "./page.ts";

const root = path.resolve(import.meta.dirname, "../..");
const text = page("docs/operate/nat.md");
const lab = "nat";
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

test("the lab does what the page says", async () => {
  const script = `cd ${root}; PATH=${root}/bin:$PATH\n${block(text, "build")}weft metrics --run-dir /run/weft-lab/nat/nodes/h1/run`;
  const { status, stdout, stderr } = await tryCommand(["sh", "-e", "-c", script], { timeout: 180_000 });
  assert.equal(status, 0, `${stderr}${stdout}`);
  assert.equal(stdout.match(/ 0% packet loss/g)?.length, 2);
  assert.match(stdout, /^203\.0\.113\.101 +10\.1\.1\.11 +red +active +arp/m);
  assert.match(stdout, /^203\.0\.113\.112 +port b2 +- +elsewhere/m);
  assert.match(stdout, /^blue +203\.0\.113\.1 +1024-65535 +169\.254\.\d+\.\d+ +\d+ +100 +0 +0/m);
  const told = new Set([...stdout.matchAll(/^weft_nat_dropped_total\{.*reason="(\w+)"/gm)].map((m) => m[1]!));
  assert.deepEqual(
    tableRows(text, "reason")
      .map((r) => codeSpans(r["reason"]!)[0]!)
      .toSorted(),
    [...told].toSorted(),
  );
});

test("the configuration is one", () => {
  const head = "bgp: { asn: 65000, routerId: 10.0.0.1 }\nvtep: { address: 10.0.0.1 }\n";
  assert.equal(parseAgentConfig(head + block(text, "configuration"), "nat.md").floatingIps.length, 3);
  const { domains } = parseAgentConfig(`${head}public: { interface: pub0 }\n${block(text, "source")}`, "nat.md");
  assert.deepEqual([domains[0]!.nat!.source, domains[0]!.nat!.log], ["workload", "kernel"]);
});
