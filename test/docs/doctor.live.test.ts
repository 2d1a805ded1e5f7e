// SPDX-License-Identifier: Apache-2.0
/** docs/operate/doctor.md: its commands at a host of two-hosts.md, and what they print. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { writeSysctl } from "../../src/base/sys/sysctl.ts";
import { checks } from "../../src/doctor/check/table.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { Scratch } from "../harness/scratch.ts";
import { done, typed } from "./machine.ts";
import { block, codeSpans, page, tableRows } from "./page.ts";
import { pings, twoHosts } from "./two-hosts.ts";

const net = new Scratch("docdoctr");
after(async () => await net.remove());

const text = page("docs/operate/doctor.md");
let h1: Place;

before(async () => {
  ({ h1 } = await twoHosts(net, { devices: "own" }));
  await pings(h1);
  writeSysctl(namespacePath(h1.namespace), "net.bridge.bridge-nf-call-iptables", "1");
});

test("it finds what the page shows, mends it, and finds it no more", async () => {
  const sick = await typed(h1, block(text, "look"));
  assert.equal(sick.status, 1);
  assert.ok(sick.stdout.includes(block(text, "looked")), sick.stdout);
  const mended = await done(h1, block(text, "fix"));
  assert.match(mended, /^done {4}sysctl -w net\.bridge\.bridge-nf-call-iptables=0$/m);
  assert.doesNotMatch(mended, /^(warning|error) /m);
  assert.match(await done(h1, block(text, "fix-note")), /^done {4}ethtool -K eth0 tx off$/m);
  assert.equal((await typed(h1, block(text, "script"))).stdout.trim(), "0");
});

test("what size gets through", async () => {
  for (const tag of ["mtu-workloads", "mtu-hosts"]) {
    const out = await done(h1, block(text, tag));
    assert.match(out, /^underlay 10\.0\.0\.1 → 10\.0\.0\.2 +1500 +1500 +enough$/m);
  }
  assert.equal(await done(h1, block(text, "mtu-workloads")), block(text, "measured"));
});

test("the table has a row for each check, and no others", () => {
  const rows = tableRows(text, "mended by `--fix`").map((r) => codeSpans(r["code"]!)[0]);
  assert.deepEqual(
    rows,
    checks.map((c) => c.code),
  );
});
