// SPDX-License-Identifier: Apache-2.0
/** docs/operate/zones.md: what it has one type works, shows what it shows, and its configuration is one. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { parseReflectorConfig } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { typedInCheckout } from "./checkout.ts";
import { block, page } from "./page.ts";

const text = page("docs/operate/zones.md");
const lab = "zones-ebgp";
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

const done = async (tag: string): Promise<string> => await typedInCheckout(text, tag);

const squeezed = (line: string): string => line.replaceAll(/ +/g, " ").trim();

test("the lab does what the page says", async () => {
  assert.match(await done("build"), / 0% packet loss/);
  await waitFor("what the page shows", async () => {
    const printed = (await done("look")).split("\n").map((l) => squeezed(l).replace(/ 10\.99\.0\.\d /, " RR "));
    const wanted = block(text, "shown").trim().split("\n");
    return wanted.every((l) => printed.includes(squeezed(l).replace(/ 10\.99\.0\.\d /, " RR ")));
  });
  assert.equal((await done("cut")).match(/ 0% packet loss/g)?.length, 2);
  await done("down");
});

test("the configuration is one", () => {
  const { bgp } = parseReflectorConfig(block(text, "reflector"), "zones.md");
  assert.deepEqual(Object.keys(bgp.policies), ["from-west"]);
});
