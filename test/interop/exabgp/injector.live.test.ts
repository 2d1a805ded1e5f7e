// SPDX-License-Identifier: Apache-2.0
/** Hand-made routes out of ExaBGP, sound and malformed, through `weft reflector` to other peers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { toHex } from "../../../src/base/bytes/hex.ts";
import type { Ip } from "../../../src/base/net/ip.ts";
import { type Attribute, attributeOf } from "../../../src/bgp/wire/attribute/attribute.ts";
import { messageType } from "../../../src/bgp/wire/frame.ts";
import { decodeUpdate } from "../../../src/bgp/wire/update.ts";
import type { PeerRow, RouteRow } from "../../../src/contract/inspect.ts";
import { startExabgp } from "../../../src/lab/peer/exabgp.ts";
import { frrBgpd } from "../../../src/lab/peer/frr-bgp-config.ts";
import { startFrr, vtysh } from "../../../src/lab/peer/frr.ts";
import { startWeft, weft, weftReady } from "../../../src/lab/peer/weft.ts";
import { stopProcess } from "../../../src/lab/system/managed-process.ts";
import type { Place } from "../../../src/lab/system/place.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { RawPeer } from "../../harness/raw-peer.ts";
import { Scratch } from "../../harness/scratch.ts";
import { hex } from "./update-builder.ts";

const net = new Scratch("exainj");
const [us, frr, raw, sound, broken] = ["10.0.0.4", "10.0.0.1", "10.0.0.2", "10.0.0.5", "10.0.0.6"] as const;
const places = new Map<string, Place>();
const at = (address: string): Place => places.get(address)!;
let observer: RawPeer;

interface HandMade {
  readonly what: string;
  /** One EVPN NLRI. */
  readonly nlri: string;
  /** As `weft bgp routes` shows it. */
  readonly route: string;
  readonly labels: readonly number[];
  /** As FRR shows it; absent: FRR drops such routes. */
  readonly frr?: string;
  /** More attributes, `code flags value`. */
  readonly more?: readonly string[];
}

const rd = "0001 0a000005 0064";
const zeros = "00000000000000000000";
const esi = "00112233445566778899";

/** Drawn from RFC 7432 §7.1–7.4 and RFC 9136 §3.1; type 12 is nobody's yet. */
const handMade: readonly HandMade[] = [
  { what: "type 1", nlri: `01 19 ${rd} ${esi} 00000005 000064`, route: `[1]:[5]:[${esi.replaceAll(/(..)(?!$)/g, "$1:")}]`, labels: [100] },
  {
    what: "type 2, MAC",
    nlri: `02 21 ${rd} ${zeros} 00000000 30 02000000e001 00 000064`,
    route: "[2]:[0]:[48]:[02:00:00:00:e0:01]",
    labels: [100],
    frr: "[2]:[0]:[48]:[02:00:00:00:e0:01]",
  },
  {
    what: "type 2, MAC and IPv4, two labels, sticky",
    nlri: `02 28 ${rd} ${zeros} 00000000 30 02000000e002 20 c0a80102 000064 001389`,
    route: "[2]:[0]:[48]:[02:00:00:00:e0:02]:[32]:[192.168.1.2]",
    labels: [100, 5001],
    frr: "[2]:[0]:[48]:[02:00:00:00:e0:02]:[32]:[192.168.1.2]",
  },
  {
    what: "type 2, MAC and IPv6",
    nlri: `02 31 ${rd} ${zeros} 00000000 30 02000000e003 80 20010db8000000000000000000000003 000064`,
    route: "[2]:[0]:[48]:[02:00:00:00:e0:03]:[128]:[2001:db8::3]",
    labels: [100],
    frr: "[2]:[0]:[48]:[02:00:00:00:e0:03]:[128]:[2001:db8::3]",
  },
  {
    what: "type 3",
    nlri: `03 11 ${rd} 00000000 20 0a000005`,
    route: "[3]:[0]:[32]:[10.0.0.5]",
    labels: [100],
    frr: "[3]:[0]:[32]:[10.0.0.5]",
    more: ["0x16 0xc0 0x00060000640a000005"],
  },
  {
    what: "type 4",
    nlri: `04 17 ${rd} ${esi} 20 0a000005`,
    route: `[4]:[${esi.replaceAll(/(..)(?!$)/g, "$1:")}]:[32]:[10.0.0.5]`,
    labels: [],
  },
  {
    what: "type 5, IPv4",
    nlri: `05 22 ${rd} ${zeros} 00000000 18 0a320000 00000000 001389`,
    route: "[5]:[0]:[24]:[10.50.0.0]",
    labels: [5001],
    frr: "[5]:[0]:[24]:[10.50.0.0]",
  },
  {
    what: "type 5, IPv6",
    nlri: `05 3a ${rd} ${zeros} 00000000 40 20010db8005000000000000000000000 ${"00".repeat(16)} 001389`,
    route: "[5]:[0]:[64]:[2001:db8:50::]",
    labels: [5001],
    frr: "[5]:[0]:[64]:[2001:db8:50::]",
  },
  { what: "type 12, which nobody knows", nlri: "0c 05 0102030405", route: "[12]:[0102030405]", labels: [] },
  {
    what: "type 2 with an attribute that nobody knows",
    nlri: `02 21 ${rd} ${zeros} 00000000 30 02000000e004 00 000064`,
    route: "[2]:[0]:[48]:[02:00:00:00:e0:04]",
    labels: [100],
    frr: "[2]:[0]:[48]:[02:00:00:00:e0:04]",
    more: ["0xfa 0xc0 0x0badcafe"],
  },
];

/** RT:65000:100, encapsulation VXLAN, MAC mobility 7 sticky, one that nobody knows. */
const communities = "0002fde800000064 030c000000000008 0600010000000007 8899aabbccddeeff";

/** A line of ExaBGP's `static` section: an IPv4 route that carries any attributes. */
function carrier(n: number, attributes: readonly string[]): string {
  return `route 192.0.2.${n}/32 next-hop self ${attributes.map((a) => `attribute [ ${a} ]`).join(" ")};`;
}

function reachOf(nlri: string, nextHop = "0a000005"): string {
  return `0x0e 0x80 0x${toHex(hex(`0019 46 ${(nextHop.length / 2).toString(16).padStart(2, "0")} ${nextHop} 00 ${nlri}`))}`;
}

const communitiesAttribute = `0x10 0xc0 0x${toHex(hex(communities))}`;

before(async () => {
  for (const [name, address] of [
    ["us", us],
    ["frr", frr],
    ["raw", raw],
    ["sound", sound],
    ["broken", broken],
  ] as const)
    places.set(address, await net.host(name));
  await net.segment([...places].map(([address, place]) => [place, `${address}/24`]));
  const client = { asn: 65000, client: true };
  const families = ["l2vpn-evpn", "ipv4-unicast"];
  await startWeft(at(us), "reflector", {
    config: {
      bgp: {
        asn: 65000,
        routerId: us,
        listen: [us],
        reflector: {},
        dynamicPeers: [{ ...client, range: "10.0.0.0/24" }],
        peers: [sound, broken].map((address) => ({ ...client, address, families, passive: true })),
      },
    },
  });
  await weftReady(at(us), "reflector");
  const lines = [
    ` neighbor ${us} remote-as 65000`,
    ` neighbor ${us} timers connect 1`,
    " address-family l2vpn evpn",
    `  neighbor ${us} activate`,
  ];
  await startFrr(at(frr), { zebra: "", bgpd: frrBgpd("frr", 65000, frr, [...lines, " exit-address-family"]) });
  observer = await RawPeer.established(at(raw), { from: raw as Ip, to: us as Ip });
});
after(async () => await net.remove());

async function peerRow(address: string): Promise<PeerRow> {
  const { stdout } = await weft(at(us), ["bgp", "peers", "--peer", address, "-o", "json"]);
  return (JSON.parse(stdout) as readonly PeerRow[])[0]!;
}

async function routesFrom(address: string): Promise<readonly RouteRow[]> {
  return JSON.parse((await weft(at(us), ["bgp", "routes", "--peer", address, "-o", "json"])).stdout) as readonly RouteRow[];
}

async function metric(sample: string): Promise<number> {
  const line = (await weft(at(us), ["metrics"])).stdout.split("\n").find((l) => l.startsWith(`${sample} `));
  return Number(line?.slice(sample.length + 1) ?? 0);
}

/** Attributes of the message by which the observer got the very octets of a route. */
async function observed(nlri: string): Promise<readonly Attribute[]> {
  const wanted = toHex(hex(nlri));
  return await waitFor(`the observer: ${wanted}`, () => {
    const message = observer.received.findLast((m) => m.type === messageType.update && toHex(m.body).includes(wanted));
    if (message === undefined) return undefined;
    const { update, faults } = decodeUpdate(message.body, { fourOctetAs: true, peer: "ibgp" });
    assert.deepEqual(faults, []);
    return update!.attributes;
  });
}

test("hand-made routes of every type arrive, and go on octet for octet", async () => {
  const routes = handMade.map((h, i) => carrier(i + 1, [reachOf(h.nlri), communitiesAttribute, ...(h.more ?? [])]));
  await startExabgp(at(sound), { asn: 65000, routerId: sound, localAddress: sound, peers: [{ address: us }], routes });
  const rows = await waitFor("all routes", async () => {
    const all = await routesFrom(sound);
    return all.length === handMade.length && all;
  });
  for (const h of handMade) {
    const row = rows.find((r) => r.route === h.route);
    assert.ok(row, `${h.what}: ${rows.map((r) => r.route).join(" ")}`);
    assert.deepEqual(row.labels, h.labels, h.what);
    assert.deepEqual([row.nextHop, row.best, row.localPref, row.asPath], [sound, true, 100, ""]);
    assert.equal(row.rd, h.nlri.startsWith("0c") ? "" : "10.0.0.5:100");
    assert.deepEqual(row.routeTargets, ["65000:100"]);
    assert.deepEqual(row.communities, ["ET:vxlan", "MM:7, sticky MAC", "UNK:8899aabbccddeeff"]);
    const attributes = await observed(h.nlri);
    assert.equal(toHex(attributeOf(attributes, "mp-reach")!.nextHop), "0a000005");
    assert.equal(attributeOf(attributes, "originator-id")?.originator, sound);
    assert.deepEqual(attributeOf(attributes, "cluster-list")?.clusters, [us]);
    assert.equal(attributeOf(attributes, "next-hop"), undefined);
  }
});

test("attributes that nobody knows go on, marked as partial; communities octet for octet", async () => {
  const attributes = await observed(handMade.find((h) => h.what.endsWith("an attribute that nobody knows"))!.nlri);
  assert.deepEqual(
    attributes.filter((a) => a.kind === "raw").map((a) => [a.code, a.flags & 0xe0, toHex(a.value)]),
    [[0xfa, 0xe0, "0badcafe"]],
  );
  const bodies = observer.received.filter((m) => m.type === messageType.update).map((m) => toHex(m.body));
  const whole = `c01020${toHex(hex(communities))}`;
  assert.ok(bodies.filter((b) => b.includes("0a000005")).every((b) => b.includes(whole)));
  assert.ok(bodies.some((b) => b.includes("c0160900060000640a000005")));
});

test("FRR gets those that it knows", async () => {
  const wanted = handMade.flatMap((h) => h.frr ?? []);
  const shown = await waitFor("FRR: the routes", async () => {
    const text = await vtysh(at(frr), "show bgp l2vpn evpn route detail");
    return wanted.every((w) => text.includes(w)) && text;
  });
  assert.match(shown, /RT:65000:100 ET:8 MM:7, sticky MAC/);
  assert.match(shown, /Originator: 10\.0\.0\.5, Cluster list: 10\.0\.0\.4/);
  assert.equal((await peerRow(frr)).flaps, 0);
});

test("the IPv4 routes that carried them are counted and kept by nobody", async () => {
  assert.equal(await metric(`weft_bgp_peer_routes_dropped_total{peer="${sound}",reason="other-family"}`), handMade.length);
  const row = await peerRow(sound);
  assert.deepEqual(row.families.toSorted(), ["ipv4-unicast", "l2vpn-evpn"]);
  assert.deepEqual([row.received, row.malformed, row.flaps, row.role], [handMade.length, 0, 0, "client"]);
  assert.ok(observer.received.every((m) => !toHex(m.body).includes("20c00002")));
});

test("what ExaBGP takes back is gone everywhere", async () => {
  await stopProcess(at(sound), "exabgp");
  await waitFor("no routes", async () => (await routesFrom(sound)).length === 0);
  await waitFor("FRR: no routes", async () => !(await vtysh(at(frr), "show bgp l2vpn evpn route")).includes("10.0.0.5:100"));
});

/** ExaBGP builds the attributes around; these can be wrong. RFC 7606 §7 wants each treated as a withdrawal. */
const malformed: readonly (readonly [string, string])[] = [
  ["COMMUNITIES of five octets", "0x08 0xc0 0xfde8000100"],
  ["EXTENDED COMMUNITIES of seven octets", "0x10 0xc0 0x0002fde8000000"],
  ["EXTENDED COMMUNITIES marked non-transitive", "0x10 0x80 0x0002fde800000064"],
  ["LARGE_COMMUNITY of eleven octets", "0x20 0xc0 0x0000000000000000000000"],
  ["PMSI_TUNNEL of four octets", "0x16 0xc0 0x00060000"],
  ["CLUSTER_LIST of three octets", "0x0a 0x80 0x0a0000"],
];

test("routes with malformed attributes are not taken, one that is sound is, and the session stays", async () => {
  const nlri = (n: number): string => `02 21 ${rd} ${zeros} 00000000 30 02000000f0${n.toString(16).padStart(2, "0")} 00 000064`;
  const routes = malformed.map(([, attribute], i) => carrier(i + 1, [reachOf(nlri(i + 1)), attribute]));
  await startExabgp(at(broken), {
    asn: 65000,
    routerId: broken,
    localAddress: broken,
    peers: [{ address: us }],
    routes: [...routes, carrier(99, [reachOf(nlri(0x99)), communitiesAttribute])],
  });
  await waitFor("every UPDATE", async () => (await peerRow(broken)).malformed === malformed.length);
  const rows = await waitFor("the sound one", async () => {
    const all = await routesFrom(broken);
    return all.length > 0 && all;
  });
  assert.deepEqual(
    rows.map((r) => r.route),
    ["[2]:[0]:[48]:[02:00:00:00:f0:99]"],
  );
  assert.equal(await metric(`weft_bgp_updates_malformed_total{peer="${broken}",reaction="withdraw"}`), malformed.length);
  assert.equal(await metric(`weft_bgp_peer_routes_dropped_total{peer="${broken}",reason="malformed-attribute"}`), malformed.length);
  const row = await peerRow(broken);
  assert.deepEqual([row.state, row.flaps], ["established", 0]);
  await stopProcess(at(broken), "exabgp");
});

test("a next hop that cannot be: ExaBGP is told why, the others go on", async () => {
  const receive = `${at(broken).folder}/received.json`;
  const route = carrier(1, [reachOf(`02 21 ${rd} ${zeros} 00000000 30 02000000f101 00 000064`, "0a00000500")]);
  await startExabgp(at(broken), { asn: 65000, routerId: broken, localAddress: broken, peers: [{ address: us }], routes: [route], receive });
  await waitFor("ExaBGP: the NOTIFICATION", () =>
    readFileSync(receive, "utf8")
      .split("\n")
      .some((line) => /"type": "notification"/.test(line) && /"code": 3/.test(line) && /"subcode": 9/.test(line)),
  );
  const row = await peerRow(broken);
  assert.match(row.lastError!, /UPDATE Message Error\/Optional Attribute Error.*next hop length 5/);
  await stopProcess(at(broken), "exabgp");
  for (const address of [frr, raw]) {
    const other = await peerRow(address);
    assert.deepEqual([other.state, other.flaps, other.malformed], ["established", 0, 0], address);
  }
});
