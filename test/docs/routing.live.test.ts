// SPDX-License-Identifier: Apache-2.0
/** docs/operate/routing.md: what it has one type works, shows what it shows, and its configuration is one. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { parseAgentConfig } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { findPlace } from "../../src/lab/find.ts";
import { weft } from "../../src/lab/peer/weft.ts";
import { knownLab, labNames } from "../../src/lab/state/lab-record.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { typedInCheckout } from "./checkout.ts";
import { block, codeSpans, page, tableRows } from "./page.ts";

const text = page("docs/operate/routing.md");
const lab = "routed";
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

const done = async (tag: string): Promise<string> => await typedInCheckout(text, tag);

test("the lab does what the page says", async () => {
  // The first packet may have to wait for an address to be found.
  assert.equal((await done("build")).match(/ [12]?0?[0-9.]*% packet loss/g)?.length, 3);
  await waitFor("what the page shows", async () => {
    const printed = (await done("look")).split("\n").map((l) => l.trim());
    return block(text, "shown")
      .trim()
      .split("\n")
      .every((l) => printed.includes(l.trim()));
  });
  const h1 = findPlace(knownLab(lab).plan, "h1");
  for (const row of tableRows(text, "question")) {
    const [line] = codeSpans(row["command"]!);
    const { status, stdout } = await weft(h1, line!.split(" ").slice(1));
    assert.equal(status, 0, line);
    for (const shown of codeSpans(row["shows"]!)) assert.ok(stdout.includes(shown), `${line}: no ${shown} in\n${stdout}`);
  }
  await done("down");
});

test("the configurations are some", () => {
  const { domains, networks } = parseAgentConfig(block(text, "agent"), "routing.md");
  assert.deepEqual([domains.length, networks.length], [1, 2]);
  const between = parseAgentConfig(block(text, "between"), "routing.md");
  for (const [i, { exportTargets, l3vni }] of between.domains.entries()) {
    assert.equal(exportTargets, undefined);
    assert.ok(between.domains[1 - i]!.importTargets!.includes(`65000:${l3vni}`));
  }
});
