// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mac } from "../base/net/mac.ts";
import { bridgePort } from "../netlink/route/bridge-port.ts";
import { link } from "../netlink/route/link.ts";
import type { NetlinkRequest } from "../netlink/route/request.ts";
import { unmarkedGroup } from "./ownership.ts";
import { FakeHost } from "./testing/fake-host.ts";

const config = "networks: [{ name: plain, vni: 100 }]";

/** What was changed by hand, and what the mirror says of it when it was put right. */
const changes: readonly (readonly [string, (host: FakeHost) => NetlinkRequest])[] = [
  ["VLAN filtering", () => link.set("br100", { kind: { kind: "bridge", vlanFiltering: true } })],
  ["snooping", () => link.set("br100", { kind: { kind: "bridge", multicastSnooping: true } })],
  ["address of the bridge", () => link.set("br100", { address: "02:00:00:00:77:77" as Mac })],
  ["learning of the VXLAN", () => link.set("vx100", { kind: { kind: "vxlan", learning: true } })],
  ["flooding of the port", (host) => bridgePort.set(host.index("", "vx100"), { flood: false })],
  ["isolation of the port", (host) => bridgePort.set(host.index("", "vx100"), { isolated: true })],
];

for (const [name, change] of changes) {
  test(`${name}: put right and reported`, async () => {
    const host = new FakeHost();
    const vtep = await host.start(config);
    const devices = (): unknown => [vtep.mirror.link("", "br100"), vtep.mirror.link("", "vx100")];
    const before = devices();
    host.run("", change(host));
    await host.settle();
    assert.deepEqual(devices(), before);
    assert.equal(host.journal.events.filter((e) => e.event === "kernel.repaired").length, 1);
    await host.stop();
  });
}

test("a device that an agent left without its mark is taken over; one that looks the same is somebody else's", async () => {
  const host = new FakeHost();
  const bridge = (name: string, group: number): NetlinkRequest => link.add({ name, group, kind: { kind: "bridge" } });
  host.run("", bridge("br100", unmarkedGroup), bridge("br101", 0));
  const vtep = await host.start("networks: [{ name: plain, vni: 100 }, { name: other, vni: 101 }]");
  const { alias, group, up } = vtep.mirror.link("", "br100")!;
  assert.deepEqual([alias, group, up], ["weft", 0, true]);
  assert.equal(vtep.mirror.link("", "br101")?.alias, undefined);
  assert.match([...vtep.reconciler.conflicts.values()].map((c) => c.reason).join(), /br101 exists and was not made by the agent/);
  await host.stop();
});
