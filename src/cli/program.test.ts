// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { CommanderError } from "commander";
import { commandTree } from "./command-tree.ts";
import { UsageError } from "./errors.ts";
import { exitStatus } from "./exit-status.ts";
import { findRow, makeProgram, normaliseArguments, readCommanderError } from "./program.ts";

/** What a command line that cannot be understood ends with. */
async function refusal(argv: readonly string[]): Promise<string | number> {
  const row = findRow(argv);
  const program = await makeProgram(row, () => assert.fail(`${argv.join(" ")} ran`));
  for (const c of [program, ...program.commands]) c.configureOutput({ writeErr: () => undefined });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    assert.ok(error instanceof CommanderError, String(error));
    const read = readCommanderError(error, row);
    return read instanceof UsageError ? read.message : read;
  }
  return assert.fail(`${argv.join(" ")} was understood`);
}

const wrong: readonly (readonly [line: string, message: string | number])[] = [
  ["staus", "unknown command 'staus'; did you mean status?"],
  ["frobnicate", "unknown command 'frobnicate'; see weft --help"],
  ["bgp peer", "unknown command 'peer'; did you mean peers?"],
  ["bgp routes --mca x", "unknown option '--mca'; did you mean --mac?"],
  ["bgp shutdown", "missing required argument 'peer'; see weft bgp shutdown --help"],
  [
    "status -o xml",
    "option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are table, json, yaml; see weft status --help",
  ],
  ["status now", "too many arguments for 'status'. Expected 0 arguments but got 1: now; see weft status --help"],
  ["agent", "required option '-c, --config <file>' not specified; see weft agent --help"],
  [
    "evpn macs --mac 02:00",
    "option '--mac <mac>' argument '02:00' is invalid. Allowed: a MAC address as 02:00:00:00:01:0a; see weft evpn macs --help",
  ],
  [
    "bgp routes --vni 16777216",
    "option '--vni <vni>' argument '16777216' is invalid. Allowed: a whole number from 0 to 16777215; see weft bgp routes --help",
  ],
  ["evpn arp --mca x", "unknown option '--mca'; did you mean --mac?"],
  ["evpn", exitStatus.usage],
];
for (const [line, message] of wrong) test(`weft ${line} is refused`, async () => assert.equal(await refusal(line.split(" ")), message));

test("every command has an example that begins with its own words, and a group or a row for each word", async () => {
  for (const row of commandTree) {
    const { examples } = await row.load();
    assert.ok(
      examples.some(([line]) => line.includes(`weft ${row.path}`)),
      row.path,
    );
  }
});

test("options may stand before the command, and help is a word as well", () => {
  const normal = (line: string): string => normaliseArguments(line.split(" ")).join(" ");
  assert.equal(normal("--run-dir /x -o json bgp peers --peer ::1"), "bgp peers --run-dir /x -o json --peer ::1");
  assert.equal(normal("--run-dir=/x lab exec demo h1 weft -o json status"), "lab exec --run-dir=/x demo h1 weft -o json status");
  assert.equal(normal("help bgp"), "bgp --help");
  assert.equal(normal("bgp peers"), "bgp peers");
});

test("the longest row that matches is called", () => {
  assert.equal(findRow(["agent", "cleanup", "--run-dir", "x"])?.path, "agent cleanup");
  assert.equal(findRow(["agent", "-c", "cleanup"])?.path, "agent");
  assert.equal(findRow(["evpn", "duplicates", "clear"])?.path, "evpn duplicates clear");
  assert.equal(findRow(["evpn", "duplicates", "02:00:00:00:00:01"])?.path, "evpn duplicates");
  assert.equal(findRow(["evpn", "arp", "--ip", "10.1.1.1"])?.path, "evpn neighbours");
  assert.equal(findRow(["nothing"]), undefined);
});
