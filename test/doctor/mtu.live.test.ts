// SPDX-License-Identifier: Apache-2.0
/** `weft doctor mtu` over an underlay of two routers with one narrow link, which says so, or loses what is too large without a word. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { SegmentRow } from "../../src/doctor/mtu/report.ts";
import { startWeft, weft, weftReady } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("docmtu");
after(async () => await net.remove());

let h1: Place;
let r1: Place;
let r2: Place;

async function mtu(...argv: readonly string[]): Promise<{ readonly status: number; readonly rows: readonly SegmentRow[] }> {
  const { status, stdout, stderr } = await weft(h1, ["doctor", "mtu", ...argv, "-o", "json"]);
  assert.ok(status <= 1, stderr);
  return { status, rows: JSON.parse(stdout) as readonly SegmentRow[] };
}

/** The row of the underlay. */
async function underlay(...argv: readonly string[]): Promise<SegmentRow> {
  const { status, rows } = await mtu(...argv);
  const row = rows.find((r) => r.segment.startsWith("underlay"))!;
  assert.equal(status, rows.every((r) => r.state === "enough") ? 0 : 1);
  return row;
}

function agent(name: string, n: number, peer: number) {
  return {
    host: name,
    bgp: {
      asn: 65000,
      routerId: `10.0.0.${n}`,
      timers: { connectRetry: 1 },
      peers: [{ address: `10.0.0.${peer}`, asn: 65000, localAddress: `10.0.0.${n}` }],
    },
    vtep: { address: `10.0.0.${n}` },
    networks: [{ name: "blue", vni: 100 }],
    ports: [{ name: `w${n}`, network: "blue", interface: `p-w${n}`, mac: `02:07:00:00:00:0${n}`, ips: [`192.168.7.${n}`] }],
  };
}

before(async () => {
  h1 = await net.host("h1");
  const h2 = await net.host("h2");
  r1 = await net.host("r1");
  r2 = await net.host("r2");
  const [w1, w2] = [await net.host("w1"), await net.host("w2")];
  await net.link(h1, "eth0", r1, "left");
  await net.link(r1, "right", r2, "left");
  await net.link(r2, "right", h2, "eth0");
  const sides: readonly (readonly [Place, readonly (readonly [string, string, string])[], string, string])[] = [
    [h1, [["eth0", "10.4.1.1/30", "fd04:1::1/64"]], "10.4.1.2", "fd04:1::2"],
    [h2, [["eth0", "10.4.3.2/30", "fd04:3::2/64"]], "10.4.3.1", "fd04:3::1"],
    [
      r1,
      [
        ["left", "10.4.1.2/30", "fd04:1::2/64"],
        ["right", "10.4.2.1/30", "fd04:2::1/64"],
      ],
      "10.4.2.2",
      "fd04:2::2",
    ],
    [
      r2,
      [
        ["left", "10.4.2.2/30", "fd04:2::2/64"],
        ["right", "10.4.3.1/30", "fd04:3::1/64"],
      ],
      "10.4.2.1",
      "fd04:2::1",
    ],
  ];
  for (const [place, devices, four, six] of sides) {
    await net.ip(
      place,
      devices.flatMap(([dev, a, b]) => [`address add ${a} dev ${dev}`, `address add ${b} dev ${dev} nodad`]),
    );
    await net.ip(place, [`route add default via ${four}`, `route add ::/0 via ${six}`]);
  }
  await net.ip(h1, ["address add 10.0.0.1/32 dev lo"]);
  await net.ip(h2, ["address add 10.0.0.2/32 dev lo"]);
  await net.ip(r1, ["route add 10.0.0.1/32 via 10.4.1.1"]);
  await net.ip(r2, ["route add 10.0.0.2/32 via 10.4.3.2"]);
  await Promise.all([startWeft(h1, "agent", { config: agent("h1", 1, 2) }), startWeft(h2, "agent", { config: agent("h2", 2, 1) })]);
  await Promise.all([weftReady(h1, "agent"), weftReady(h2, "agent")]);
  for (const [w, host, n] of [
    [w1, h1, 1],
    [w2, h2, 2],
  ] as const)
    await net.ip(w, [`link add eth0 type veth peer name p-w${n} netns ${host.namespace}`, "link set eth0 up"]);
  await waitFor(
    "the other workload to be known",
    async () => (await weft(h1, ["evpn", "neighbours", "--ip", "192.168.7.2"])).stdout.includes("remote"),
    {
      within: 45_000,
    },
  );
});

test("a path that carries what the network needs", async () => {
  const { status, rows } = await mtu("w1", "192.168.7.2");
  assert.deepEqual(
    [status, rows.map((r) => [r.segment, r.needs, r.carries, r.state])],
    [
      0,
      [
        ["port p-w1", 1450, 1500, "enough"],
        ["underlay 10.0.0.1 → 10.0.0.2", 1500, 1500, "enough"],
      ],
    ],
  );
});

test("a router that answers: which one, and what it takes", async () => {
  await net.ip(r1, ["link set right mtu 1400"]);
  const row = await underlay("192.168.7.1", "02:07:00:00:00:02");
  assert.deepEqual([row.carries, row.state], [1400, "too small"]);
  assert.match(row.why, /^10\.4\.1\.2 answers/);
  // For packets that small it is wide enough.
  assert.equal((await underlay("10.0.0.1", "10.0.0.2", "--size", "1350")).state, "enough");
  const six = await underlay("fd04:1::1", "fd04:3::2", "--size", "1430");
  assert.deepEqual([six.carries, six.why.startsWith("fd04:1::2 answers")], [1400, true]);
  await net.ip(r1, ["link set right mtu 1500"]);
});

test("a router that says nothing: where large packets stop and small ones go on", async () => {
  await net.run(r2, ["nft", "add table inet narrow; add chain inet narrow c { type filter hook prerouting priority -300; }"]);
  await net.run(r2, ["nft", 'add rule inet narrow c iifname "left" meta length > 1433 drop']);
  const row = await underlay("w1", "10.0.0.2");
  assert.deepEqual(
    [row.carries, row.state, row.why],
    [1433, "too small", "larger packets vanish without a word between 10.4.1.2 and 10.4.2.2"],
  );
  const six = await underlay("fd04:1::1", "fd04:3::2", "--size", "1430");
  assert.deepEqual([six.carries, six.why], [1433, "larger packets vanish without a word between fd04:1::2 and fd04:2::2"]);
  await net.run(r2, ["nft", "delete table inet narrow"]);
});

test("the device of this host, a port that is too small, and a host that does not answer", async () => {
  await net.ip(h1, ["link set p-w1 mtu 1300", "link set eth0 mtu 1400"]);
  // The network's MTU follows that of the underlay; asked for is what the other host sends.
  const { rows } = await mtu("w1", "10.0.0.2", "--size", "1450");
  assert.deepEqual(
    rows.map((r) => [r.carries, r.state]),
    [
      [1300, "too small"],
      [1400, "too small"],
    ],
  );
  assert.match(rows[1]!.why, /the device of this host/);
  await net.ip(h1, ["link set p-w1 mtu 1500", "link set eth0 mtu 1500"]);
  const nobody = await underlay("10.0.0.1", "10.0.0.77");
  assert.deepEqual([nobody.carries, nobody.state], [null, "unknown"]);
});

test("names that stand for nothing, and ends that are both elsewhere", async () => {
  const unknown = await weft(h1, ["doctor", "mtu", "w9", "10.0.0.2"]);
  assert.deepEqual([unknown.status, unknown.stderr.includes("WEFT_DOCTOR_TARGET: w9: this agent knows no such workload")], [1, true]);
  const elsewhere = await weft(h1, ["doctor", "mtu", "192.168.7.2", "10.0.0.2"]);
  assert.match(elsewhere.stderr, /neither end is at this host/);
});
