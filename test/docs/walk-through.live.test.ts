// SPDX-License-Identifier: Apache-2.0
/** docs/operate/walk-through.md: every command of its table shows what the table says, and every output is one that is printed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";
import { done } from "./machine.ts";
import { block, blocks, codeSpans, page, tableRows } from "./page.ts";
import { pings, twoHosts } from "./two-hosts.ts";

const net = new Scratch("docwalk");
after(async () => await net.remove());

const text = page("docs/operate/walk-through.md");
const stages = tableRows(text, "stage");
const places = new Map<string, Place>();

before(async () => {
  const { h1, h2, rr } = await twoHosts(net, { devices: "own" });
  for (const [name, place] of Object.entries({ h1, h2, rr })) places.set(name, place);
  await pings(h1);
});

/** Types the command of a stage where the table says. */
async function output(stage: Readonly<Record<string, string>>): Promise<string> {
  const [command] = codeSpans(stage["command"]!);
  const place = places.get(stage["where"]!)!;
  return await done(place, command!.replace(/^vtysh /, `vtysh -N ${place.namespace} `));
}

/** Columns one blank apart, without what differs from run to run. */
function squeezed(line: string): string {
  return line
    .replaceAll(/ +/g, " ")
    .replace(/^10\.0\.0\.4 \S+ /, "10.0.0.4 NAME ")
    .replace(/ \d+m?s /, " SINCE ")
    .replaceAll(/ fe80:\S+/g, "")
    .trim();
}

assert.equal(stages.length, 16);
for (const stage of stages) {
  test(`stage ${stage["#"]}: ${stage["stage"]}`, async () => {
    const wanted = codeSpans(stage["should show"]!);
    if (wanted.length === 0) {
      assert.equal(await output(stage), "");
      return;
    }
    const missing = await waitFor(`what stage ${stage["#"]} should show`, async () => {
      const shown = await output(stage);
      const absent = wanted.filter((w) => !shown.includes(w));
      if (absent.length > 0) throw new Error(`no ${absent.join(", no ")} in:\n${shown}`);
      return "none";
    });
    assert.equal(missing, "none");
  });
}

for (const example of blocks(text)) {
  const number = example.tags.find((t) => t.startsWith("shows:"))?.slice("shows:".length);
  if (number === undefined) continue;
  test(`the output shown for stage ${number} is what is printed`, async () => {
    const stage = stages.find((s) => s["#"] === number)!;
    const printed = (await output(stage)).split("\n").map(squeezed);
    for (const line of example.text.trimEnd().split("\n").map(squeezed))
      assert.ok(printed.includes(line), `no "${line}" in ${printed.join("\n")}`);
  });
}

test("octets are decoded as shown", async () => {
  const printed = await done(places.get("h1")!, block(text, "decode"));
  assert.ok(printed.includes(block(text, "decoded").trim()), printed);
  assert.match(printed, /"type": "KEEPALIVE"/);
});

test("damage is repaired and told", async () => {
  const h1 = places.get("h1")!;
  await done(h1, block(text, "damage"));
  await waitFor("the event", async () => (await done(h1, "weft events")).includes(block(text, "damaged").trim()));
  assert.match(await done(h1, "bridge fdb show dev vx100"), /^00:00:00:00:00:00 dst 10\.0\.0\.2 self/m);
});
