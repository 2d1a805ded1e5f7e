// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { commandTree } from "../command-tree.ts";
import { complete, directive } from "./complete.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "weft-complete-"));
const answers: Readonly<Record<string, unknown>> = {
  "/v1/bgp/peers": [
    { peer: "10.0.0.4", hostname: "rr1", state: "established" },
    { peer: "2001:db8::4", hostname: null, state: "idle" },
  ],
  "/v1/evpn/networks": [{ network: "blue", vni: 100 }],
  "/v1/evpn/macs": [{ mac: "02:00:00:00:00:01", network: "blue", where: "local" }],
  "/v1/evpn/duplicates": [
    { mac: "02:00:00:00:00:02", ip: null, network: "blue" },
    { mac: "02:00:00:00:00:03", ip: "192.0.2.1", network: "blue" },
  ],
};
let daemon: Server;
before(async () => {
  daemon = createServer((request, response) => response.end(JSON.stringify(answers[request.url!])));
  await new Promise<void>((resolve) => daemon.listen(path.join(folder, "weft.sock"), resolve));
});
after(async () => {
  daemon.closeAllConnections();
  await new Promise((resolve) => daemon.close(resolve));
  rmSync(folder, { recursive: true });
});

async function values(line: string): Promise<readonly string[]> {
  return (await complete(line.replace("@", folder).split(" "))).candidates.map(([value]) => value);
}

const here = `--run-dir @`;
const cases: readonly (readonly [line: string, candidates: readonly string[]])[] = [
  ["evpn n", ["networks", "neighbours"]],
  ["status --output ", ["table", "json", "yaml"]],
  ["status -o ", ["table", "json", "yaml"]],
  ["status --output=j", ["json"]],
  ["-o ", ["table", "json", "yaml"]],
  ["completion z", ["zsh"]],
  ["bgp routes --pe", ["--peer"]],
  ["frobnicate ", []],
  [`${here} bgp shutdown `, ["10.0.0.4", "2001:db8::4", "all"]],
  [`bgp shutdown ${here} 2001:`, ["2001:db8::4"]],
  [`bgp peers ${here} --peer `, ["10.0.0.4", "2001:db8::4"]],
  [`bgp routes ${here} --peer l`, ["local"]],
  [`bgp routes ${here} --sent-to 10`, ["10.0.0.4"]],
  [`bfd peers ${here} --peer `, ["10.0.0.4", "2001:db8::4"]],
  [`bgp memberships ${here} --peer `, ["10.0.0.4", "2001:db8::4"]],
  [`evpn macs --run-dir=@ --network `, ["blue"]],
  [`evpn macs ${here} --vni=1`, ["100"]],
  [`evpn macs ${here} --mac 02`, ["02:00:00:00:00:01"]],
  [`evpn duplicates clear ${here} `, ["02:00:00:00:00:02", "192.0.2.1"]],
  ["lab move no-such-lab ", []],
  ["evpn macs --run-dir /nowhere --network ", []],
];
for (const [line, wanted] of cases) test(`weft ${line}?`, async () => assert.deepEqual(await values(line), wanted));

test("files and folders are left to the shell, and only where they fit", async () => {
  const then = async (line: string): Promise<number> => (await complete(line.split(" "))).directive;
  assert.equal(await then("agent --config "), directive.files);
  assert.equal(await then("lab up "), directive.files);
  assert.equal(await then("status --run-dir "), directive.folders);
  assert.equal(await then("--run-dir "), directive.folders);
  assert.equal(await then("status "), directive.nothing);
});

test("every command is offered, and every option of it", async () => {
  for (const row of commandTree) {
    const words = row.path.split(" ");
    assert.ok((await values(words.join(" "))).includes(words.at(-1)!), row.path);
    assert.ok((await values(`${row.path} --`)).includes("--help"), row.path);
  }
});
