// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import type { FdbEntry } from "../netlink/route/fdb.ts";
import type { Link } from "../netlink/route/link.ts";
import { NTF_MASTER, NTF_SELF } from "../netlink/route/neighbour-flags.ts";
import { KnownTables } from "./known-tables.ts";

const link = (ifindex: number, master?: number): Link => ({
  ifindex,
  name: `d${ifindex}`,
  hardwareType: 1,
  flags: 0,
  up: true,
  mtu: 1500,
  operstate: "up",
  ...(master === undefined ? {} : { master, port: {} }),
});
const mac = "02:00:00:00:00:01" as Mac;
const local = (ifindex: number): FdbEntry => ({ ifindex, mac, master: 1, state: 2, flags: NTF_MASTER });
const remote = (dst: string): FdbEntry => ({ ifindex: 3, mac, dst: dst as Ip, state: 2, flags: NTF_SELF });

function bridge(): KnownTables {
  const tables = new KnownTables();
  tables.replace(null, "link", {}, [link(1), link(2, 1), link(3, 1), link(4)]);
  tables.replace(null, "fdb", { master: 1 }, [local(2), remote("10.0.0.2")]);
  return tables;
}

test("nothing is known of what nobody asked for", () => {
  assert.equal(bridge().rows(null, "neighbour", {}), undefined);
  assert.equal(bridge().rows("/run/netns/x", "link", {}), undefined);
});

test("a whole dump, one of a bridge and one of a device are read from the same table", () => {
  const tables = bridge();
  assert.equal(tables.rows(null, "fdb", {})?.length, 2);
  assert.equal(tables.rows(null, "fdb", { master: 1 })?.length, 2);
  assert.equal(tables.rows(null, "fdb", { master: 4 })?.length, 0);
  assert.deepEqual(tables.rows(null, "link", { name: "d2" }), [link(2, 1)]);
  tables.replace(null, "link", { name: "d2" }, []);
  assert.deepEqual(tables.rows(null, "link", { name: "d2" }), []);
  assert.equal(tables.rows(null, "link", {})?.length, 3);
});

test("events move a MAC between ports, change a port, and take a device with its entries", () => {
  const tables = bridge();
  tables.event(null, { object: "fdb", change: "new", value: local(3) });
  assert.deepEqual(tables.rows(null, "fdb", {}), [local(3), remote("10.0.0.2")]);
  tables.event(null, { object: "bridge-port", change: "new", value: { ifindex: 3, master: 1, options: { learning: false } } });
  assert.deepEqual(tables.rows(null, "link", { ifindex: 3 }), [{ ...link(3, 1), port: { learning: false } }]);
  tables.event(null, { object: "bridge-port", change: "delete", value: { ifindex: 3, master: 1, options: {} } });
  assert.equal((tables.rows(null, "link", { ifindex: 3 })![0] as Link).port, undefined);
  tables.event(null, { object: "fdb", change: "delete", value: remote("10.0.0.2") });
  assert.deepEqual(tables.rows(null, "fdb", {}), [local(3)]);
  tables.event(null, { object: "link", change: "delete", value: link(3) });
  assert.deepEqual(tables.rows(null, "fdb", {}), []);
});
