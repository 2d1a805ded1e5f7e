// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import { parsePrefix } from "../../base/net/prefix.ts";
import { encodeNlri, formatNlri, nlriCodec } from "../wire/nlri/table.ts";
import type { Family } from "../wire/family.ts";
import { Rib } from "./rib.ts";
import type { LocalRoute, PeerSlot, RibPeer } from "./types.ts";

/** ORIGIN igp, empty AS_PATH, LOCAL_PREF 100. */
const attributes = Uint8Array.of(0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100);

function route(prefix: string, nextHop: string): LocalRoute {
  const family: Family = prefix.includes(":") ? "ipv6-unicast" : "ipv4-unicast";
  const nlri = encodeNlri(family, { kind: "unicast", prefix: parsePrefix(prefix)! });
  return { family, nlri, attributes, nextHop: ipToBytes(nextHop as Ip) };
}

function rig() {
  const sent: { slot: PeerSlot; text: string }[] = [];
  const full = new Set<PeerSlot>();
  const rib = new Rib({
    asn: 65000,
    routerId: 1,
    output: {
      write: (slot, bytes, release) => {
        for (const text of texts(Buffer.from(bytes))) sent.push({ slot, text });
        release();
        return !full.has(slot);
      },
    },
  });
  const peer = (n: number, families: readonly Family[], more: Partial<RibPeer> = {}): PeerSlot =>
    rib.addPeer({
      name: `p${n}`,
      address: `10.0.0.${n}` as Ip,
      role: "ebgp",
      asn: 65100,
      routerId: n,
      families,
      fourOctetAs: true,
      maxMessage: 4096,
      ...more,
    });
  const flush = (): string[] => {
    while (rib.flush());
    return sent.splice(0).map((s) => `${s.slot} ${s.text}`);
  };
  return { rib, peer, flush, full };
}

/** Each message in words: what an old router reads, not our own decoder. */
function* texts(b: Buffer): Generator<string> {
  for (let o = 0; o < b.length; o += b.readUInt16BE(o + 16)) {
    const m = b.subarray(o, o + b.readUInt16BE(o + 16));
    if (m[18] === 5) {
      yield `mark ${m.readUInt16BE(19)} ${m[21]}`;
      continue;
    }
    const gone = m.readUInt16BE(19);
    const attributesAt = 23 + gone;
    const end = attributesAt + m.readUInt16BE(21 + gone);
    const words = nlris("ipv4-unicast", m.subarray(21, 21 + gone)).map((p) => `-${p}`);
    const plain = nlris("ipv4-unicast", m.subarray(end)).map((p) => `+${p}`);
    const types: number[] = [];
    for (let at = attributesAt; at < end;) {
      const long = (m[at]! & 0x10) !== 0;
      const length = long ? m.readUInt16BE(at + 2) : m[at + 2]!;
      const value = m.subarray(at + (long ? 4 : 3), at + (long ? 4 : 3) + length);
      const type = m[at + 1]!;
      types.push(type);
      if (type === 3) words.push(`via ${value.join(".")}`);
      if (type === 14) words.push(`via ${value.subarray(4, 4 + value[3]!).toString("hex")}`);
      if (type === 14) words.push(...nlris("ipv6-unicast", value.subarray(5 + value[3]!)).map((p) => `+${p}`));
      if (type === 15 && length > 3) words.push(...nlris("ipv6-unicast", value.subarray(3)).map((p) => `-${p}`));
      if (type === 15 && length === 3) words.push(`end ${value[1]}`);
      at += (long ? 4 : 3) + length;
    }
    if (m.length === 23) words.push("end 1");
    yield [...words, ...plain, ...(types.length > 1 ? [`types ${types.join(",")}`] : [])].join(" ");
  }
}

function nlris(family: Family, b: Uint8Array): string[] {
  const codec = nlriCodec(family)!;
  const out: string[] = [];
  for (let o = 0; o < b.length;) {
    const length = codec.length(b, o, b.length) as number;
    out.push(formatNlri(family, codec.decode(b, o, o + length)));
    o += length;
  }
  return out;
}

test("prefixes of this host reach peers that negotiated the family, before the End-of-RIB, and are taken back", () => {
  const { rib, peer, flush } = rig();
  rib.announceLocal(route("203.0.113.7/32", "10.0.0.9"));
  rib.announceLocal(route("2001:db8::7/128", "2001:db8::9"));
  const both = peer(1, ["ipv4-unicast", "ipv6-unicast"]);
  const four = peer(2, ["ipv4-unicast", "l2vpn-evpn"]);
  peer(3, ["l2vpn-evpn"]);
  assert.deepEqual(
    flush().filter((t) => !t.includes("end 25") && !t.startsWith("4 ")),
    [
      `${both} via 10.0.0.9 +203.0.113.7/32 types 1,2,3`,
      `${both} via 20010db8000000000000000000000009 +2001:db8::7/128 types 14,1,2`,
      `${both} end 1`,
      `${both} end 2`,
      `${four} via 10.0.0.9 +203.0.113.7/32 types 1,2,3`,
      `${four} end 1`,
    ],
  );
  rib.announceLocal(route("203.0.113.7/32", "10.0.0.9"));
  assert.deepEqual(flush(), [], "the same again is no news");
  rib.announceLocal(route("203.0.113.7/32", "10.0.0.8"));
  assert.deepEqual(
    flush(),
    [both, four].map((p) => `${p} via 10.0.0.8 +203.0.113.7/32 types 1,2,3`),
  );
  const { nlri } = route("203.0.113.7/32", "10.0.0.9");
  assert.equal(rib.withdrawLocal("ipv4-unicast", nlri), true);
  assert.equal(rib.withdrawLocal("ipv4-unicast", nlri), false);
  rib.withdrawLocal("ipv6-unicast", route("2001:db8::7/128", "::1").nlri);
  assert.deepEqual(flush().toSorted(), [`${both} -2001:db8::7/128`, `${both} -203.0.113.7/32`, `${four} -203.0.113.7/32`].toSorted());
  assert.equal(rib.stats().attributeSets, 0);
});

test("a peer that is full is told the newest state later, and a refresh repeats everything between its marks", () => {
  const { rib, peer, flush, full } = rig();
  const a = peer(1, ["ipv4-unicast"], { role: "client", asn: 65000 });
  flush();
  full.add(a);
  rib.announceLocal(route("192.0.2.0/24", "10.0.0.9"));
  assert.deepEqual(flush(), [`${a} via 10.0.0.9 +192.0.2.0/24 types 1,2,3,5`]);
  rib.announceLocal(route("192.0.2.0/24", "10.0.0.8"));
  rib.announceLocal(route("192.0.2.0/24", "10.0.0.7"));
  assert.deepEqual(flush(), []);
  full.clear();
  rib.drained(a);
  assert.deepEqual(flush(), [`${a} via 10.0.0.7 +192.0.2.0/24 types 1,2,3,5`]);
  rib.routeRefresh(a, "ipv4-unicast", true);
  assert.deepEqual(flush(), [`${a} mark 1 1`, `${a} via 10.0.0.7 +192.0.2.0/24 types 1,2,3,5`, `${a} mark 1 2`]);
  rib.removePeer(a);
  rib.withdrawLocal("ipv4-unicast", route("192.0.2.0/24", "10.0.0.9").nlri);
  flush();
  assert.equal(rib.stats().attributeSets, 0);
});

test("a prefix that is taken back while a peer asks for all again is taken back there, too", () => {
  const { rib, peer, flush } = rig();
  const a = peer(1, ["ipv4-unicast"]);
  rib.announceLocal(route("192.0.2.0/24", "10.0.0.9"));
  flush();
  rib.withdrawLocal("ipv4-unicast", route("192.0.2.0/24", "10.0.0.9").nlri);
  rib.routeRefresh(a, "ipv4-unicast", false);
  assert.deepEqual(flush(), [`${a} -192.0.2.0/24`]);
  assert.equal(rib.stats().attributeSets, 0);
});

test("a refresh that comes with a change still to be sent does not lose it", () => {
  const { rib, peer, flush, full } = rig();
  const a = peer(1, ["ipv4-unicast"], { role: "client", asn: 65000 });
  const { family, nlri } = route("192.0.2.0/24", "10.0.0.9");
  rib.announceLocal(route("192.0.2.0/24", "10.0.0.9"));
  flush();
  rib.withdrawLocal(family, nlri);
  rib.routeRefresh(a, "ipv4-unicast", false);
  assert.deepEqual(flush(), [`${a} -192.0.2.0/24`]);
  rib.announceLocal(route("192.0.2.0/24", "10.0.0.9"));
  flush();
  full.add(a);
  rib.announceLocal(route("192.0.2.0/24", "10.0.0.8"));
  flush();
  rib.withdrawLocal(family, nlri);
  rib.routeRefresh(a, "ipv4-unicast", true);
  rib.announceLocal(route("192.0.2.0/24", "10.0.0.8"));
  flush();
  full.clear();
  rib.drained(a);
  assert.deepEqual(flush(), [`${a} mark 1 1`, `${a} via 10.0.0.8 +192.0.2.0/24 types 1,2,3,5`, `${a} mark 1 2`]);
  rib.withdrawLocal(family, nlri);
  flush();
  assert.equal(rib.stats().attributeSets, 0);
});
