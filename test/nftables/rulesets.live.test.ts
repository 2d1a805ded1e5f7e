// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import test, { after, before } from "node:test";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { NftablesError } from "../../src/nftables/errors.ts";
import { runNft } from "../../src/nftables/library.ts";
import { digestOf } from "../../src/nftables/digest.ts";
import { listTable, removeTable, stateOf, writeTable } from "../../src/nftables/rulesets.ts";
import type { Table } from "../../src/nftables/table.ts";

const name = `wt-nft-${process.pid}`;
const ns = namespacePath(name);
const nft = (...words: string[]): string => execFileSync("ip", ["netns", "exec", name, "nft", ...words], { encoding: "utf8" });

const table: Table = {
  family: "inet",
  name: "weft_probe",
  counters: ["seen"],
  sets: [{ name: "hosts", type: "type ipv4_addr", elements: ["192.0.2.1"] }],
  maps: [{ name: "to", type: "type ipv4_addr : ipv4_addr", counted: true, elements: [["127.0.0.7", "127.0.0.1"]] }],
  chains: [
    {
      name: "out",
      hook: { type: "filter", hook: "output", priority: "-300" },
      rules: ['ip daddr 127.0.0.7 counter name "seen"', "ip daddr set ip daddr map @to"],
    },
  ],
};

before(() => {
  execFileSync("ip", ["netns", "add", name]);
  execFileSync("ip", ["-n", name, "link", "set", "lo", "up"]);
});
after(() => execFileSync("ip", ["netns", "del", name]));

test("a table is written, known again, updated without losing its counts, repaired, and removed", () => {
  assert.deepEqual(stateOf(ns, table), { kind: "absent" });
  writeTable(ns, table);
  assert.deepEqual(stateOf(ns, table), { kind: "ours", current: digestOf(table) });
  execFileSync("ip", ["netns", "exec", name, "ping", "-c", "2", "-i", "0.01", "-W", "1", "127.0.0.7"]);
  // What it counted does not make it another table.
  assert.deepEqual(stateOf(ns, table), { kind: "ours", current: digestOf(table) });
  assert.equal(listTable(ns, table)!.counters.get("seen")!.packets, 2);
  assert.equal(listTable(ns, table)!.sets.get("to")!.counts.get("127.0.0.7")!.packets, 2);

  const more: Table = {
    ...table,
    maps: [{ ...table.maps[0]!, elements: [...table.maps[0]!.elements, ["127.0.0.8", "127.0.0.1"]] }],
    sets: [{ ...table.sets[0]!, elements: ["192.0.2.2"] }],
  };
  writeTable(ns, more);
  const listed = listTable(ns, more)!;
  assert.deepEqual(stateOf(ns, more), { kind: "ours", current: digestOf(more) });
  assert.deepEqual(listed.sets.get("hosts")!.elements, ["192.0.2.2"]);
  assert.equal(listed.counters.get("seen")!.packets, 2, "the named counter went on");
  assert.equal(listed.sets.get("to")!.counts.get("127.0.0.7")!.packets, 2, "so did that of an element that stayed");

  nft("add", "rule", "inet", "weft_probe", "out", "drop");
  assert.deepEqual(stateOf(ns, more), { kind: "ours", current: undefined }, "somebody's rule shows");
  writeTable(ns, more);
  assert.deepEqual(stateOf(ns, more), { kind: "ours", current: digestOf(more) });
  nft("delete", "element", "inet", "weft_probe", "to", "{ 127.0.0.8 }");
  assert.deepEqual(stateOf(ns, more), { kind: "ours", current: undefined }, "and so does a missing element");

  // Declared otherwise: it cannot be changed in place.
  const other: Table = { ...more, sets: [{ name: "hosts", type: "type ipv6_addr", elements: ["2001:db8::1"] }] };
  writeTable(ns, other);
  assert.deepEqual(stateOf(ns, other), { kind: "ours", current: digestOf(other) });
  removeTable(ns, other);
  assert.deepEqual(stateOf(ns, other), { kind: "absent" });
});

test("a map from devices to verdicts counts, and counts on when others come and go", () => {
  const verdicts = (...devices: readonly string[]): Table => ({
    ...table,
    maps: [{ name: "to", type: "type ifname : verdict", counted: true, elements: devices.map((d) => [d, "drop"] as const) }],
    chains: [{ name: "out", hook: { type: "filter", hook: "output", priority: "0" }, rules: ["ip daddr 127.0.0.9 oifname vmap @to"] }],
  });
  writeTable(ns, verdicts("lo", "vx1"));
  spawnSync("ip", ["netns", "exec", name, "ping", "-c", "1", "-W", "0.1", "127.0.0.9"]);
  for (const wanted of [verdicts("lo", "vx2", "vx3"), verdicts("vx4", "lo")]) {
    writeTable(ns, wanted);
    assert.deepEqual(stateOf(ns, wanted), { kind: "ours", current: digestOf(wanted) });
    const { elements, counts } = listTable(ns, wanted)!.sets.get("to")!;
    assert.deepEqual(elements?.toSorted(), wanted.maps[0]!.elements.map(([d]) => `${d} : drop`).toSorted());
    assert.equal(counts.get("lo")!.packets, 1);
  }
  removeTable(ns, table);
});

test("a table that is refused also when it is made anew says why, and stays as it was", () => {
  writeTable(ns, table);
  const sets = [{ name: "hosts", type: "type ipv6_addr", elements: [] }];
  const chains = [{ ...table.chains[0]!, rules: ["ip daddr set ip daddr map @nowhere"] }];
  const refusal = (wanted: Table): string => {
    try {
      writeTable(ns, wanted);
    } catch (e) {
      return (e as NftablesError).message;
    }
    return "none";
  };
  for (const wanted of [
    { ...table, chains },
    { ...table, sets, chains },
  ])
    assert.equal(refusal(wanted), "nft: No such file or directory");
  assert.deepEqual(stateOf(ns, table), { kind: "ours", current: digestOf(table) });
  removeTable(ns, table);
});

test("a table of somebody else is left alone, and a refused transaction does nothing", () => {
  nft("add", "table", "inet", "weft_probe");
  assert.deepEqual(stateOf(ns, table), { kind: "foreign" });
  assert.throws(() => writeTable(ns, table), /was not made by the agent/);
  removeTable(ns, table);
  assert.match(nft("list", "tables"), /weft_probe/);
  nft("delete", "table", "inet", "weft_probe");
  assert.throws(
    () => runNft(ns, "add table ip t\nadd rule ip t nowhere accept\n"),
    (e: unknown) => e instanceof NftablesError && e.errnoName === "ENOENT" && /Could not process rule/.test(e.message),
  );
  assert.equal(nft("list", "tables"), "", "all or nothing");
});
