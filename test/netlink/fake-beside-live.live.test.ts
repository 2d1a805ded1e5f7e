// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createNamespace, deleteNamespace, namespacePath } from "../../src/base/sys/namespace.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { FakeKernel } from "../../src/netlink/testing/fake-kernel.ts";
import { runScenario } from "./scenario.ts";

const name = `nlfake-${process.pid}`;
before(() => createNamespace(name));
after(() => deleteNamespace(name));

test("the fake kernel gives the same errors and ends with the same tables as the real one, step by step", async () => {
  const live = new NetlinkConnection({ namespace: namespacePath(name) });
  try {
    const real = await runScenario(live);
    const fake = await runScenario(new FakeKernel().connect());
    for (const [i, step] of real.entries()) assert.deepEqual(fake[i], step, step.name);
    assert.ok(
      real.some((s) => s.tables.some((line) => line.startsWith("fdb "))),
      "the scenario must have put something into the tables",
    );
  } finally {
    live.close();
  }
});
