// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Ip } from "../../base/net/ip.ts";
import { type Mac, macFromBytes } from "../../base/net/mac.ts";
import { FDB_STATIC, fdb } from "../../netlink/route/fdb.ts";
import { NTF_SELF } from "../../netlink/route/neighbour-flags.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { RemoteHost } from "../testing/remote-host.ts";
import { kernelDiff } from "./kernel-diff.ts";

const h2 = new RemoteHost("10.0.0.2");
const macOf = (i: number): Mac => macFromBytes(Uint8Array.of(2, 0, 0, 0, i >> 8, i & 255));

/** With many remote MACs and an entry of somebody else in the place of one of them. */
async function hostWithConflict(): Promise<FakeHost> {
  const host = new FakeHost();
  host.addAdopted(100);
  await host.start("adopt: true\n");
  const foreign = fdb.replace({
    ifindex: host.index("", "vx100"),
    mac: macOf(7),
    dst: "10.0.0.9" as Ip,
    state: FDB_STATIC,
    flags: NTF_SELF,
  });
  host.run("", foreign);
  host.vtep.applyBest([h2.multicast(100), ...Array.from({ length: 900 }, (_, i) => h2.mac(100, macOf(i)))]);
  await host.settle();
  return host;
}

test("it says the same beside an audit, and of two at once", async () => {
  const host = await hostWithConflict();
  const alone = await kernelDiff(host.vtep);
  assert.deepEqual(
    alone.map((row) => row.change),
    ["conflict"],
  );
  const audit = host.vtep.audit.run();
  const [first, second] = [kernelDiff(host.vtep), kernelDiff(host.vtep)];
  const last = host.vtep.audit.run();
  assert.deepEqual(await first, alone);
  assert.deepEqual(await second, alone);
  await Promise.all([audit, last]);
  assert.equal((await kernelDiff(host.vtep)).length, 1);
  await host.stop();
});

test("what others change meanwhile does not hide what differs, and nothing that is as it should be is told", async () => {
  const host = await hostWithConflict();
  const answer = kernelDiff(host.vtep);
  const state = { answered: false };
  void answer.then(() => (state.answered = true));
  for (let i = 100; !state.answered; i = i === 800 ? 100 : i + 1) {
    host.vtep.applyBest([h2.gone(100, macOf(i))]);
    await host.vtep.reconciler.settle();
    host.vtep.applyBest([h2.mac(100, macOf(i))]);
    await host.vtep.reconciler.settle();
    host.kernel.flush();
    await nextTurn();
  }
  const rows = (await answer).map((row) => `${row.change} ${row.object}`);
  assert.ok(rows.some((row) => row.startsWith("conflict") && row.includes(macOf(7))));
  // What came just now may be on its way to the kernel.
  const changing = Array.from({ length: 701 }, (_, i) => macOf(100 + i));
  for (const row of rows) assert.ok(row.includes(macOf(7)) || changing.some((mac) => row.includes(mac)), row);
  await host.settle();
  assert.equal((await kernelDiff(host.vtep)).length, 1);
  await host.stop();
});
