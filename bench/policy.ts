// SPDX-License-Identifier: Apache-2.0
/**
 * What import and export policies cost in the RIB alone, without sockets: `node bench/policy.ts [routes] [sets] [rounds]`.
 * Two clients announce MAC/IP routes, 100 per UPDATE, each UPDATE with one of so many sets of attributes; two others receive all
 * of them. Prints thousands of routes per second of CPU, of all rounds but the first ones, which warm the compiler up.
 */
import type { Ip } from "../src/base/net/ip.ts";
import type { PeerPolicy, PolicyModel, RuleModel } from "../src/bgp/rib/policy/model.ts";
import { Rib } from "../src/bgp/rib/rib.ts";
import type { RibPeer } from "../src/bgp/rib/types.ts";
import { machineLine, spread } from "./spread.ts";

const [routes = 200_000, sets = 1_000, rounds = 6] = process.argv.slice(2).map(Number);
const perUpdate = 100;

function policy(rules: readonly Partial<RuleModel>[]): PolicyModel {
  return { name: "p", default: "accept", rules: rules.map((r, i) => ({ name: `#${i + 1}`, action: "deny", ...r })) };
}
const targets = policy([
  { match: { routeTarget: ["65009:*"] } },
  { match: { community: ["no-export"] } },
  { match: { routeTarget: ["65000:1"] }, action: "accept" },
]);
const change = policy([{ set: { localPref: 200, community: { add: ["65000:7"] } }, action: "accept" }]);
const types = policy([{ match: { type: [5] } }]);
const macs = policy([{ match: { mac: ["06:00:00:00:00:00/8", "0a:00:00:00:00:01"] } }]);

const cases: readonly (readonly [what: string, policy: PeerPolicy | undefined])[] = [
  ["none", undefined],
  ["import by route target and community", { import: targets }],
  ["import sets LOCAL_PREF and a community", { import: change }],
  ["import by route type", { import: types }],
  ["import by MAC", { import: macs }],
  ["admission: own next hops and RDs", { admission: { nextHops: ["own"], rds: ["own"] } }],
  ["export by route target and community", { export: targets }],
  ["export sets LOCAL_PREF and a community", { export: change }],
  ["export by route type", { export: types }],
  ["export by MAC", { export: macs }],
];

function peer(n: number, treatment: PeerPolicy | undefined): RibPeer {
  return {
    name: `peer${n}`,
    address: `10.0.0.${n}` as Ip,
    role: "client",
    asn: 65000,
    routerId: 0x0a000000 + n,
    families: ["l2vpn-evpn"],
    fourOctetAs: true,
    maxMessage: 4096,
    ...(treatment && { policy: treatment }),
  };
}

/** UPDATE body of peer `n`: routes from `first` on with route target 65000:(set + 2). */
function body(n: number, first: number, set: number): Uint8Array {
  const attributes = [
    0x40,
    1,
    1,
    0,
    0x40,
    2,
    0,
    0x40,
    5,
    4,
    0,
    0,
    0,
    100,
    0xc0,
    16,
    8,
    0,
    2,
    0xfd,
    0xe8,
    0,
    0,
    (set + 2) >> 8,
    (set + 2) & 255,
  ];
  const nlri = Array.from({ length: perUpdate }, (_, k) => {
    const mac = first + k;
    return [
      2,
      33,
      0,
      1,
      10,
      0,
      0,
      n,
      0,
      7,
      ...Array<number>(14).fill(0),
      48,
      2,
      0,
      0,
      mac >> 16,
      (mac >> 8) & 255,
      mac & 255,
      0,
      0,
      0,
      100,
    ];
  }).flat();
  const reach = [0, 25, 70, 4, 10, 0, 0, n, 0, ...nlri];
  const all = [0x90, 14, reach.length >> 8, reach.length & 255, ...reach, ...attributes];
  return Uint8Array.from([0, 0, all.length >> 8, all.length & 255, ...all]);
}

const updates = [1, 2].flatMap((n) =>
  Array.from({ length: routes / 2 / perUpdate }, (_, i) => ({ n, octets: body(n, i * perUpdate, i % sets) })),
);

/** Thousands of routes in and out again to two peers per second of CPU. */
function round(treatment: PeerPolicy | undefined): number {
  const rib = new Rib({ asn: 65000, routerId: 1, output: { write: (_slot, _bytes, release) => (release(), true) } });
  const slots = [1, 2, 3, 4].map((n) => rib.addPeer(peer(n, treatment)));
  while (rib.flush());
  const before = process.cpuUsage();
  for (const [i, { n, octets }] of updates.entries()) {
    rib.update(slots[n - 1]!, octets, 0, octets.length);
    if (i % 200 === 199) rib.flush();
  }
  while (rib.flush());
  const { user, system } = process.cpuUsage(before);
  if (rib.stats().routes !== updates.length * perUpdate) throw new Error(`${rib.stats().routes} routes came through`);
  return (updates.length * perUpdate * 1000) / (user + system);
}

console.log(`${machineLine()}; ${routes} routes, ${sets} sets of attributes, ${rounds - 1} rounds`);
for (const [, treatment] of cases) round(treatment);
for (const [what, treatment] of cases) {
  const results = Array.from({ length: rounds }, () => round(treatment)).slice(1);
  console.log(`${what.padEnd(42)} ${spread(results)} k routes/s`);
}
