// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { fdb } from "../route/fdb.ts";
import { link } from "../route/link.ts";
import type { NetlinkEvent } from "../route/request.ts";
import type { NetlinkConn } from "../socket/conn.ts";
import { FakeKernel } from "./fake-kernel.ts";

const mac = "02:00:00:00:00:01" as Mac;
const dst = "10.0.0.2" as Ip;

function withVxlan(kernel: FakeKernel): { readonly conn: NetlinkConn; readonly ifindex: number } {
  const conn = kernel.connect();
  conn.run(link.add({ name: "vx0", kind: { kind: "vxlan", id: 100 } }));
  return { conn, ifindex: conn.dump("link", { name: "vx0" })[0]!.ifindex };
}

test("an injected failure hits what it was meant for, as often as it was meant to, and nothing else", () => {
  const kernel = new FakeKernel();
  const { conn, ifindex } = withVxlan(kernel);
  kernel.failNext((r) => r.object === "fdb", "ENOSPC", "table full", 2);
  const add = fdb.add({ ifindex, mac, dst });
  const results = conn.execute([add, link.set(ifindex, { up: true }), add, add, add]);
  assert.deepEqual(
    results.map((r) => r?.errnoName),
    ["ENOSPC", undefined, "ENOSPC", undefined, "EEXIST"],
  );
  assert.equal(results[0]!.message, `bridge fdb add ${mac} dev ${ifindex} dst ${dst} self permanent: ENOSPC (table full)`);
  assert.equal(kernel.log.filter((line) => line.startsWith("bridge fdb add")).length, 4);
});

test("events come in a later turn, in one batch, and stop at close", async () => {
  const kernel = new FakeKernel();
  const { conn, ifindex } = withVxlan(kernel);
  kernel.flush();
  const batches: (readonly NetlinkEvent[])[] = [];
  const subscription = conn.subscribe(["fdb"], { onEvents: (b) => void batches.push(b), onOverrun: (reason) => assert.fail(reason) });
  conn.run(fdb.add({ ifindex, mac, dst }), fdb.delete({ ifindex, mac }));
  assert.equal(batches.length, 0);
  await nextTurn();
  assert.deepEqual(
    batches.map((b) => b.map((e) => `${e.object} ${e.change}`)),
    [["fdb new", "fdb delete"]],
  );
  subscription.close();
  conn.run(fdb.add({ ifindex, mac, dst }));
  kernel.flush();
  assert.equal(batches.length, 1);
});

test("an overrun takes the waiting events away and says so; later ones come", () => {
  const kernel = new FakeKernel();
  const { conn, ifindex } = withVxlan(kernel);
  kernel.flush();
  const seen: string[] = [];
  conn.subscribe(["fdb"], { onEvents: (b) => void seen.push(`${b.length} events`), onOverrun: (reason) => void seen.push(reason) });
  conn.run(fdb.add({ ifindex, mac, dst }));
  kernel.overrun();
  kernel.flush();
  conn.run(fdb.delete({ ifindex, mac }));
  kernel.flush();
  assert.deepEqual(seen, ["ENOBUFS", "1 events"]);
  assert.deepEqual(conn.dump("fdb"), []);
});

test("namespaces are apart; a veth joins them and goes from both", () => {
  const kernel = new FakeKernel();
  kernel.createNamespace("/run/netns/a");
  const host = kernel.connect();
  const inside = kernel.connect("/run/netns/a");
  host.run(link.add({ name: "v0", up: true, kind: { kind: "veth", peer: { name: "eth0", namespace: "/run/netns/a" } } }));
  assert.deepEqual(
    inside.dump("link").map((l) => l.name),
    ["lo", "eth0"],
  );
  assert.equal(host.dump("link", { name: "v0" })[0]!.carrier, false);
  inside.run(link.set("eth0", { up: true }));
  assert.equal(host.dump("link", { name: "v0" })[0]!.carrier, true);
  inside.run(link.delete("eth0"));
  assert.deepEqual(host.dump("link", { name: "v0" }), []);
});

test("a link moves to another namespace with its options and without what hung on it", () => {
  const kernel = new FakeKernel();
  kernel.createNamespace("/run/netns/a");
  const { conn, ifindex } = withVxlan(kernel);
  conn.run(fdb.add({ ifindex, mac, dst }), link.set(ifindex, { namespace: "/run/netns/a" }));
  assert.deepEqual(conn.dump("fdb"), []);
  const moved = kernel.connect("/run/netns/a").dump("link", { name: "vx0" })[0]!;
  assert.ok(moved.kind?.kind === "vxlan");
  assert.equal(moved.kind.id, 100);
});

test("a connection to no namespace, or one that was closed, is a typed error", () => {
  const kernel = new FakeKernel();
  assert.throws(() => kernel.connect("/run/netns/none"), { code: "WEFT_NETLINK_CONNECTION" });
  const conn = kernel.connect();
  conn.close();
  assert.throws(() => conn.dump("link"), { code: "WEFT_NETLINK_CONNECTION" });
});
