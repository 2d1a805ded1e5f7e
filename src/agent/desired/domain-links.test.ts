// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { domainLinks, type DomainTargets, linkDevice } from "./domain-links.ts";

const domain = (name: string, importTargets: readonly string[], ...exportTargets: readonly string[]): DomainTargets => ({
  domain: name,
  importTargets,
  exportTargets,
});

function linked(...domains: readonly DomainTargets[]): readonly string[] {
  return [...domainLinks(domains)].map(([name, links]) => `${name}: ${links.map((l) => l.domain).join(" ")}`);
}

test("a link for each pair of which one takes what the other announces, and for no other", () => {
  const [red, blue, green] = [domain("red", ["1:1"], "1:1"), domain("blue", ["1:2"], "1:2"), domain("green", ["1:3"], "1:3", "1:33")];
  assert.deepEqual(linked(red, blue, green), ["red: ", "blue: ", "green: "]);
  assert.deepEqual(linked({ ...red, importTargets: ["1:1", "1:2"] }, blue, green), ["red: blue", "blue: red", "green: "]);
  assert.deepEqual(linked(red, { ...blue, importTargets: ["*:33"] }, green), ["red: ", "blue: green", "green: blue"]);
  assert.deepEqual(linked(red, { ...blue, importTargets: ["*:3", "1:1"] }, green), ["red: blue", "blue: green red", "green: blue"]);
});

test("both ends are named after the domain that they lead to, and know each other", () => {
  const links = domainLinks([domain("red", ["1:2"], "1:1"), domain("blue", [], "1:2")]);
  const [there] = links.get("red")!;
  const [back] = links.get("blue")!;
  assert.deepEqual(there, { domain: "blue", dev: "to-blue", ip: "fe80::2", peer: { ns: "weft-blue", name: "to-red", ip: "fe80::1" } });
  assert.deepEqual(back, { domain: "red", dev: "to-red", ip: "fe80::1", peer: { ns: "weft-red", name: "to-blue", ip: "fe80::2" } });
});

test("a long name gives a device that the kernel takes, another one for each", () => {
  assert.equal(linkDevice("twelve-chars"), "to-twelve-chars");
  const names = ["thirteen-chars", "thirteen-chart", "thirteen-charu-and-more"].map(linkDevice);
  assert.equal(new Set(names).size, 3);
  for (const name of names) assert.match(name, /^to-thi~[0-9a-f]{8}$/);
});
