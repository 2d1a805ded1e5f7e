// SPDX-License-Identifier: Apache-2.0
/** What a client announces reaches the other clients octet for octet, whoever made it and whether we know what it is. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../src/base/bytes/hex.ts";
import type { Ip } from "../../src/base/net/ip.ts";
import { keyText } from "../../src/bgp/rib/testing/random-nlri.ts";
import { attributeName } from "../../src/bgp/wire/attribute/table.ts";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { startExabgp } from "../../src/lab/peer/exabgp.ts";
import { frrBgpd, frrLeafLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr } from "../../src/lab/peer/frr.ts";
import { gobgp, startGobgp } from "../../src/lab/peer/gobgp.ts";
import { startWeft, weftReady } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { RawPeer, identifierOf, plainCapabilities } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";
import {
  attribute,
  emptyPath,
  hex,
  localPref,
  macNlri,
  mpReach as reach,
  mpUnreach,
  origin,
  update,
} from "../interop/exabgp/update-builder.ts";
import { type OctetAttribute, type OctetRoute, OctetTable, RawClient, clusterList, originatorId } from "./octet-table.ts";

const net = new Scratch("rrtrans");
const [us, frr, go, exa, one, two] = ["10.0.0.4", "10.0.0.1", "10.0.0.7", "10.0.0.5", "10.0.0.2", "10.0.0.3"] as const;
const names = { [us]: "us", [frr]: "frr", [go]: "go", [exa]: "exa", [one]: "one", [two]: "two" };
const places = new Map<string, Place>();
const at = (address: string): Place => places.get(address)!;
const recording = (): string => `${at(us).folder}/inputs.jsonl`;
let sender: RawPeer;
let client: RawClient;

before(async () => {
  for (const [address, name] of Object.entries(names)) places.set(address, await net.host(name));
  await net.segment([...places].map(([address, place]) => [place, `${address}/24`]));
  const families = ["l2vpn-evpn", "ipv4-unicast"];
  const bgp = {
    asn: 65000,
    routerId: us,
    listen: [us],
    reflector: { clusterId: "10.9.9.9" },
    dynamicPeers: [{ range: "10.0.0.0/24", asn: 65000, client: true }],
    // Its routes ride on IPv4 ones.
    peers: [{ address: exa, asn: 65000, client: true, families, passive: true }],
  };
  await startWeft(at(us), "reflector", { config: { bgp }, env: { WEFT_RECORD: recording() } });
  await weftReady(at(us), "reflector");
  // Capabilities that nobody knows change nothing — RFC 5492 §3.
  const strange = [0, 99, 255].map((code) => ({ kind: "opaque-capability" as const, code, value: hex("0badcafe") }));
  sender = await RawPeer.established(
    at(one),
    { from: one as Ip, to: us as Ip },
    // However long this takes, there is nobody who sends KEEPALIVEs.
    { holdTime: 0, capabilities: [...strange, ...plainCapabilities(), ...strange] },
  );
  client = new RawClient(await RawPeer.established(at(two), { from: two as Ip, to: us as Ip }, { holdTime: 0 }));
});
after(async () => await net.remove());

/** Optional and well-known attributes that RFC 4271, 4456, 4760, 4360, 5701, 6514, 6793 and 8092 define: all others are unknown to us. */
const understood = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 22, 25, 32]);

/** What has to arrive of attributes: RFC 4271 §5 and §9 for those that are not understood, RFC 4456 §8 for what a reflector adds. */
function expected(sent: readonly OctetAttribute[], routerId: string): readonly string[] {
  const kept = sent.flatMap(({ flags, type, whole }) => {
    if (type === originatorId || type === clusterList) return [];
    if (understood.has(type)) return [whole];
    return (flags & 0x40) === 0 ? [] : [toHex(Uint8Array.of(flags | 0x20)) + whole.slice(2)];
  });
  const value = (type: number): Uint8Array | undefined => sent.find((a) => a.type === type)?.value;
  const clusters = `0a090909${toHex(value(clusterList) ?? new Uint8Array(0))}`;
  return [
    ...kept,
    `800904${toHex(
      value(originatorId) ??
        hex(
          identifierOf(routerId as Ip)
            .toString(16)
            .padStart(8, "0"),
        ),
    )}`,
    `800a${(clusters.length / 2).toString(16).padStart(2, "0")}${clusters}`,
  ];
}

/** The two that a reflector adds may stand anywhere among the others, which keep their order. */
function inOneOrder(attributes: readonly string[]): readonly string[] {
  const added = (a: string): boolean => /^80(09|0a)/.test(a);
  return [...attributes.filter((a) => !added(a)), ...attributes.filter(added).toSorted()];
}

async function arrives(key: string, sent: OctetRoute, routerId: string): Promise<void> {
  const got = await waitFor(`the client: ${key}`, () => client.table.get(key), { every: 1 });
  assert.deepEqual([got.nlri, got.nextHop], [sent.nlri, sent.nextHop]);
  assert.deepEqual(inOneOrder(got.attributes.map((a) => a.whole)), inOneOrder(expected(sent.attributes, routerId)), key);
}

/** What the reflector read from a peer, by its own recording. */
function announcedBy(address: string): OctetTable {
  const table = new OctetTable();
  const lines = readFileSync(recording(), "utf8").split("\n").slice(0, -1);
  let slot = -1;
  for (const line of lines) {
    const input = JSON.parse(line) as { in?: string; slot?: number; peer?: { address?: string }; body?: string };
    if (input.in === "peer-up" && input.peer?.address === address) slot = input.slot!;
    else if (input.in === "update" && input.slot === slot) table.update(fromHex(input.body!)!);
  }
  return table;
}

/** A real peer may announce a route more than once: what counts is the last word. */
async function reflectsAll(address: string, atLeast: number, own: (route: OctetRoute) => OctetRoute = (r) => r): Promise<void> {
  await waitFor(
    `${address}: ${atLeast} routes at the client`,
    async () => {
      const { routes } = announcedBy(address);
      if (routes.size < atLeast) return false;
      for (const [key, route] of routes) await arrives(key, own(route), address);
      return true;
    },
    { within: 60_000 },
  );
}

test("routes as FRR makes them: MACs, one of them sticky, and the flood list", async () => {
  await addVtepDevices(at(frr).namespace, { vni: 100, vtep: frr });
  const bridge = (await net.run(at(frr), ["ip", "-o", "link", "show", "type", "bridge"])).split(": ")[1]!;
  await net.ip(at(frr), ["link add p1 type veth peer name p1w", "link set p1w up", `link set p1 up master ${bridge}`]);
  await net.run(at(frr), ["bridge", "fdb", "add", "02:00:00:00:0f:01", "dev", "p1", "master", "static"]);
  await net.run(at(frr), ["bridge", "fdb", "add", "02:00:00:00:0f:02", "dev", "p1", "master", "dynamic"]);
  const body = frrLeafLines({ asn: 65000, routerId: frr, peers: [us] });
  await startFrr(at(frr), { zebra: "", bgpd: frrBgpd("leaf", 65000, frr, body) });
  await reflectsAll(frr, 3);
});

test("routes as GoBGP makes them: types 1, 2, 3 and 5", async () => {
  await startGobgp(at(go), { asn: 65000, routerId: go, peers: [{ address: us }] });
  const common = "rd 10.0.0.7:100 rt 65000:100";
  for (const route of [
    `macadv 02:00:00:00:07:01 192.168.1.7 esi single-homed etag 0 label 100 ${common} encap vxlan`,
    `multicast ${go} etag 0 ${common} encap vxlan pmsi ingress-repl 100 ${go}`,
    `prefix 10.7.0.0/24 gw 10.0.0.7 esi single-homed etag 0 label 100 ${common} encap vxlan router-mac 02:00:00:00:07:02`,
    `a-d esi single-homed etag 1 label 100 ${common}`,
  ])
    await gobgp(at(go), ["global", "rib", "add", "-a", "evpn", ...route.split(" ")]);
  await reflectsAll(go, 4);
});

test("routes as ExaBGP makes them: of a type and with attributes that nobody knows", async () => {
  const carried = [
    { nlri: macNlri(0xe00), attribute: "0x10 0xc0", value: "0002fde800000064 8899aabbccddeeff" },
    { nlri: "4d 05 0102030405", attribute: "0x63 0xc0", value: "0badcafe" },
  ];
  const text = (octetsInHex: string): string => `0x${toHex(hex(octetsInHex))}`;
  const mine = carried.map((c, n) => {
    const mp = `attribute [ 0x0e 0x80 ${text(`0019 46 04 0a000005 00 ${c.nlri}`)} ]`;
    return `route 192.0.2.${n + 1}/32 next-hop self ${mp} attribute [ ${c.attribute} ${text(c.value)} ];`;
  });
  await startExabgp(at(exa), { asn: 65000, routerId: exa, localAddress: exa, peers: [{ address: us }], routes: mine });
  // NEXT_HOP belongs to the IPv4 route that carries the other one.
  await reflectsAll(exa, 2, (r) => ({ ...r, attributes: r.attributes.filter((a) => a.type !== 3) }));
});

const octets = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max });
const times = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.uint8Array({ minLength: length, maxLength: length }), { minLength: 1, maxLength: 40 }).map((list) => Buffer.concat(list));

/** Optional, transitive or not, of a type without a name, its length in one octet or two. */
const unknown = fc
  .tuple(
    fc.constantFrom(...[...Array(256).keys()].filter((t) => attributeName(t) === `attribute ${t}`)),
    fc.constantFrom(0x80, 0xc0, 0xe0, 0x90, 0xd0, 0xf0),
    octets(400),
  )
  .map(([type, flags, value]) => attribute(value.length > 255 ? flags | 0x10 : flags, type, value));

/** Of communities all octets are possible, but for the well-known ones, which say where the route may go. */
const known = fc.oneof(
  times(4).map((v) =>
    attribute(
      v.length > 255 ? 0xd0 : 0xc0,
      8,
      v.map((octet, i) => (i % 4 === 0 ? octet & 0x7f : octet)),
    ),
  ),
  times(8).map((v) => attribute(v.length > 255 ? 0xd0 : 0xc0, 16, v)),
  times(12).map((v) => attribute(v.length > 255 ? 0xd0 : 0xc0, 32, v)),
  times(20).map((v) => attribute(v.length > 255 ? 0xd0 : 0xc0, 25, v)),
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((v) => attribute(0x80, 4, v)),
  fc.constantFrom("10090807", "0a090808 0a090807").map((v) => attribute(0x80, 10, v)),
  fc.constant(attribute(0x80, 9, "0a636363")),
);

/** EVPN routes of types that nobody knows, and a MAC route. */
const routes = fc.oneof(
  fc.tuple(fc.integer({ min: 13, max: 255 }), octets(200)).map(([type, value]) => Uint8Array.of(type, value.length, ...value)),
  fc.integer({ min: 0, max: 65_535 }).map((n) => hex(macNlri(n))),
);

test("made-up attributes of every kind on made-up routes", async () => {
  const property = fc.asyncProperty(
    fc.uniqueArray(fc.oneof(unknown, known), { selector: (a) => a[1], maxLength: 6 }),
    fc.uniqueArray(routes, { selector: (r) => toHex(r), minLength: 1, maxLength: 3 }),
    fc.constantFrom("0a000002", "20010db8000000000000000000000002"),
    async (others, list, nextHop) => {
      const nlri = Buffer.concat(list);
      const rest = Buffer.concat([origin, emptyPath, localPref, ...others.toSorted((a, b) => a[1]! - b[1]!)]);
      const message = update(reach(toHex(nlri), nextHop), rest);
      // Longer ones were not agreed on, and the reflector adds some octets.
      fc.pre(message.length <= 4000);
      sender.send(message);
      const sent = new OctetTable();
      sent.update(message.subarray(19));
      for (const [key, route] of sent.routes) await arrives(key, route, one);
      sender.send(update(mpUnreach(toHex(nlri))));
      for (const key of sent.routes.keys()) await waitFor(`${key} to go`, () => !client.table.has(key), { every: 1 });
    },
  );
  await fc.assert(property, { numRuns: 150, endOnFailure: true });
});

test("what is treated as withdrawn reaches clients as a withdrawal — RFC 7606 §2", async () => {
  const malformed = [
    attribute(0xc0, 8, "000001"),
    attribute(0xc0, 16, "00000001"),
    attribute(0xc0, 32, "0000000100000002"),
    attribute(0x80, 10, "0a0909"),
    attribute(0x80, 4, "00"),
  ];
  for (const [n, bad] of malformed.entries()) {
    const nlri = macNlri(0xf000 + n);
    const key = keyText(hex(nlri));
    sender.send(update(reach(nlri), origin, emptyPath, localPref));
    await waitFor("the route", () => client.table.has(key), { every: 1 });
    sender.send(update(reach(nlri), origin, emptyPath, localPref, bad));
    await waitFor(`${toHex(bad)}: the withdrawal`, () => !client.table.has(key), { every: 1 });
  }
  assert.ok(!sender.closed && !client.peer.closed, "no session suffers");
});
