// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { zeroEsi } from "../bgp/wire/nlri/evpn/esi.ts";
import { encodeEvpn } from "../bgp/wire/nlri/evpn/table.ts";
import { attributesOf, attribute, type PathSpec, reachBody, updateBody } from "../bgp/rib/testing/path-spec.ts";
import { macNlri, plainPath, RibRig } from "../bgp/rib/testing/rib-rig.ts";
import type { Ip } from "../base/net/ip.ts";
import { parsePrefix } from "../base/net/prefix.ts";
import type { Rd } from "../base/net/rd.ts";
import type { RouteQuery, RouteRow } from "../contract/inspect.ts";
import { RouteLookup } from "./route-lookup.ts";

const rig = new RibRig();
const [a, b] = [rig.peer(1), rig.peer(2)];
const lookup = new RouteLookup({
  rib: rig.rib,
  importTargets: (network) => (network === "web" ? ["*:1"] : undefined),
  hasPeer: (peer) => peer === "peer1" || peer === "peer2",
});

function prefixNlri(rd: string, text: string): number[] {
  const prefix = parsePrefix(text)!;
  const gateway = (prefix.ip.includes(":") ? "::" : "0.0.0.0") as Ip;
  return [...encodeEvpn({ kind: "ip-prefix", rd: rd as Rd, esi: zeroEsi, tag: 0, prefix, gateway, label: 9000 })];
}

rig.update(
  a,
  reachBody(
    plainPath,
    Array.from({ length: 300 }, (_, i) => macNlri(i)),
    4,
    true,
    false,
  ),
);
rig.update(b, reachBody({ ...plainPath, localPref: 90, communities: [0xfde80007] }, [macNlri(7)], 4, true, false));
rig.update(
  a,
  reachBody({ ...plainPath, target: 5 }, [prefixNlri("10.0.0.1:1", "10.0.0.0/8"), prefixNlri("10.0.0.1:1", "10.1.0.0/16")], 4, true, false),
);
rig.update(
  b,
  reachBody({ ...plainPath, target: 5 }, [prefixNlri("10.0.0.2:1", "10.1.2.0/24"), prefixNlri("10.0.0.2:1", "10.0.0.0/8")], 4, true, false),
);
rig.update(
  b,
  reachBody({ ...plainPath, target: 6 }, [prefixNlri("10.0.0.2:2", "0.0.0.0/0"), prefixNlri("10.0.0.2:2", "fd00::/8")], 4, true, false),
);
rig.settle();

async function streamed(query: RouteQuery): Promise<RouteRow[]> {
  let text = "";
  for await (const piece of await lookup.stream(query)) text += piece;
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as RouteRow);
}

async function paged(query: RouteQuery, limit: number): Promise<RouteRow[]> {
  const rows: RouteRow[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const page = await lookup.page({ ...query, limit, ...(after !== undefined && { after }) });
    rows.push(...page.rows);
    after = page.next;
  }
  return rows;
}

test("pages and a stream give the same rows", async () => {
  assert.equal((await streamed({})).length, 307);
  for (const query of [{}, { peer: "peer2" }, { best: true }, { rt: "65000:1" }, { mac: "02:00:00:00:00:07" }]) {
    assert.deepEqual(await paged(query, 40), await streamed(query), JSON.stringify(query));
  }
  assert.equal((await streamed({ limit: 10 })).length, 10);
});

test("an address finds the longest prefix of each routed space", async () => {
  const found = async (query: RouteQuery): Promise<string[]> => (await streamed(query)).map((r) => `${r.rd} ${r.route}`).toSorted();
  const wide = "10.0.0.2:2 [5]:[0]:[0]:[0.0.0.0]";
  assert.deepEqual(await found({ ip: "10.1.2.3" }), ["10.0.0.2:1 [5]:[0]:[24]:[10.1.2.0]", wide]);
  assert.deepEqual(await found({ ip: "10.1.9.9" }), ["10.0.0.1:1 [5]:[0]:[16]:[10.1.0.0]", wide]);
  assert.deepEqual(await found({ ip: "10.9.9.9" }), ["10.0.0.1:1 [5]:[0]:[8]:[10.0.0.0]", "10.0.0.2:1 [5]:[0]:[8]:[10.0.0.0]", wide]);
  assert.deepEqual(await found({ ip: "10.1.2.3", peer: "peer1" }), ["10.0.0.1:1 [5]:[0]:[16]:[10.1.0.0]"]);
  assert.deepEqual(await found({ ip: "10.1.2.3", type: "2" }), []);
  assert.deepEqual(await found({ ip: "10.0.0.0/8" }), ["10.0.0.1:1 [5]:[0]:[8]:[10.0.0.0]", "10.0.0.2:1 [5]:[0]:[8]:[10.0.0.0]"]);
  assert.deepEqual(await found({ ip: "fd12::1" }), ["10.0.0.2:2 [5]:[0]:[8]:[fd00::]"]);
});

test("communities of every kind, written as they are shown", async () => {
  const spec: PathSpec = { ...plainPath, communities: [0xffffff01] };
  const mobile = attribute(
    0xc0,
    16,
    [
      [0, 2, 0xfd, 0xe8, 0, 0, 0, 9],
      [0, 3, 0xfd, 0xe8, 0, 0, 0, 3],
      [6, 0, 0, 0, 0, 0, 0, 4],
    ].flat(),
  );
  const large = attribute(0xc0, 32, [0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 0, 0, 0, 2]);
  const mp = [0, 25, 70, 4, 10, 9, 9, 1, 0, ...macNlri(999)];
  const others = attributesOf(spec, 4, true).slice(0, -11);
  rig.update(a, updateBody([...others, ...mobile, ...large, 0x90, 14, 0, mp.length, ...mp]));
  rig.settle();
  const row = (await streamed({ mac: "02:00:00:00:03:e7" }))[0]!;
  assert.deepEqual(row.communities, ["no-export", "SoO:65000:3", "MM:4", "65000:1:2"]);
  for (const community of [...row.communities, "RT:65000:9"]) {
    assert.deepEqual(
      (await streamed({ community })).map((r) => r.mac),
      ["02:00:00:00:03:e7"],
      community,
    );
  }
  assert.equal((await streamed({ community: "65000:7" })).length, 1);
  assert.equal((await streamed({ network: "web" })).length, 301);
});

test("a route by all that people call it; why it won and who is sent it", async () => {
  const names = ["02:00:00:00:00:07", "0200.0000.0007", "[2]:[0]:[48]:[02:00:00:00:00:07]", Buffer.from(macNlri(7, 200)).toString("hex")];
  for (const name of names) {
    const [route, ...more] = await lookup.detail(name, undefined);
    assert.equal(more.length, 0);
    assert.deepEqual([route!.rd, route!.route, route!.nlri], ["10.0.0.1:7", names[2], Buffer.from(macNlri(7)).toString("hex")]);
    assert.deepEqual(
      route!.paths.map((p) => [p.peer, p.best, p.lost]),
      [
        ["peer1", true, null],
        ["peer2", false, { step: 4, name: "LOCAL_PREF", to: "peer1" }],
      ],
    );
    assert.ok(route!.paths[1]!.attributes.includes("LOCAL_PREF: 90"), route!.paths[1]!.attributes.join());
    assert.deepEqual([route!.sentTo, route!.notSentTo], [["peer2"], [{ reason: "came-from-it", peers: ["peer1"] }]]);
  }
  assert.equal((await lookup.detail("10.1.2.3", undefined)).length, 2);
  assert.equal((await lookup.detail("10.0.0.0/8", "10.0.0.2:1")).length, 1);
  assert.deepEqual(await lookup.detail("02:00:00:00:ff:ff", undefined), []);
});

const refused: readonly (readonly [what: string, ask: () => Promise<unknown>])[] = [
  ["a cursor that nobody gave", () => lookup.page({ after: "3" })],
  ["a cursor that is no number", () => lookup.stream({ after: "x" })],
  ["a peer that is not there", () => lookup.page({ sentTo: "10.0.0.9" })],
  ["a network that is not there", () => lookup.page({ network: "app" })],
  ["an unknown type", () => lookup.page({ type: "macs" })],
  ["an unknown origin", () => lookup.page({ origin: "bgp" as "igp" })],
  ["a community that is none", () => lookup.page({ community: "65000" })],
  ["a target that is none", () => lookup.page({ rt: "65000" })],
  ["an originator that is none", () => lookup.page({ originator: "fd00::1" })],
  ["a route that is none", () => lookup.detail("web", undefined)],
  ["an NLRI that is cut off", () => lookup.detail("02210001", undefined)],
  ["brackets that are no route", () => lookup.detail("[2]:x", undefined)],
  ["a distinguisher that is none", () => lookup.detail("10.0.0.1", "x")],
];
for (const [what, ask] of refused)
  test(`refused: ${what}`, async () => {
    await assert.rejects(ask, { name: "RequestError" });
  });

test("many who ask share one slice of each turn", async () => {
  let turns = 0;
  let ended = false;
  const count = (): void => {
    turns++;
    if (!ended) setImmediate(count);
  };
  const lists = Promise.all(Array.from({ length: 20 }, () => streamed({ best: true })));
  setImmediate(count);
  assert.deepEqual(new Set((await lists).map((l) => l.length)), new Set([307]));
  ended = true;
  assert.ok(turns >= 20, `${turns} turns for 20 answers of at least one slice`);
});
