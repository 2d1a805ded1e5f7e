// SPDX-License-Identifier: Apache-2.0
/** Another decoder's opinion of what the BGP codecs write. Needs tshark, no root. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Writer } from "../../src/base/bytes/writer.ts";
import { type Ip, ipToBytes } from "../../src/base/net/ip.ts";
import type { Mac } from "../../src/base/net/mac.ts";
import type { Rd } from "../../src/base/net/rd.ts";
import type { Attribute } from "../../src/bgp/wire/attribute/attribute.ts";
import { cease } from "../../src/bgp/wire/cease.ts";
import type { ExtendedCommunity } from "../../src/bgp/wire/community/extended-community.ts";
import type { Family } from "../../src/bgp/wire/family.ts";
import { keepalive } from "../../src/bgp/wire/keepalive.ts";
import { type Message, encodeMessage } from "../../src/bgp/wire/message.ts";
import { type Esi, zeroEsi } from "../../src/bgp/wire/nlri/evpn/esi.ts";
import type { Nlri } from "../../src/bgp/wire/nlri/nlri.ts";
import { membershipOf } from "../../src/bgp/wire/nlri/rt-constrain.ts";
import { makeOpen } from "../../src/bgp/wire/open.ts";
import { routeRefresh } from "../../src/bgp/wire/route-refresh.ts";

const context = { fourOctetAs: true, peer: "ibgp" } as const;
const rd = "10.0.0.1:100" as Rd;
const esi = "00:11:22:33:44:55:66:77:88:99" as Esi;
const vtep = "10.0.0.1" as Ip;
const mac = "02:00:00:00:01:02" as Mac;

const everyCommunity: readonly ExtendedCommunity[] = [
  { kind: "route-target", target: "65000:100", transitive: true },
  { kind: "route-target", target: "10.0.0.1:7", transitive: true },
  { kind: "route-target", target: "4200000000:1", transitive: true },
  { kind: "route-origin", origin: "65000:1", transitive: true },
  { kind: "encapsulation", tunnelType: 8, reserved: 0 },
  { kind: "mac-mobility", sticky: true, sequence: 3, otherFlags: 0, reserved: 0 },
  { kind: "router-mac", mac },
  { kind: "esi-label", singleActive: true, label: 100, otherFlags: 0, reserved: 0 },
  { kind: "es-import", mac },
  { kind: "default-gateway", reserved: "000000000000" },
  { kind: "df-election", algorithm: 1, capabilities: 0, reservedBits: 0, reserved: 0 },
  { kind: "group-policy-id", group: 20, scope: 0, form: "policy-id", reserved: 0 },
];

function announce(family: Family, nextHop: Uint8Array, routes: readonly Nlri[], more: readonly Attribute[] = []): Message {
  return {
    kind: "update",
    withdrawn: [],
    announced: [],
    attributes: [
      { kind: "mp-reach", flags: 0x90, family, nextHop, reserved: 0, routes },
      { kind: "origin", flags: 0x40, origin: "igp" },
      { kind: "as-path", flags: 0x40, segments: [{ type: "sequence", asns: [65001, 4200000000] }] },
      { kind: "local-pref", flags: 0x40, preference: 100 },
      ...more,
    ],
  };
}

const prefix4 = { ip: "10.1.2.0" as Ip, length: 24 };
const prefix6 = { ip: "2001:db8::" as Ip, length: 48 };
const evpnRoutes: readonly Nlri[] = [
  { kind: "ethernet-ad", rd, esi, tag: 0xffffffff, label: 0 },
  { kind: "mac-ip", rd, esi: zeroEsi, tag: 0, mac, ip: undefined, label: 100 },
  { kind: "mac-ip", rd, esi: zeroEsi, tag: 0, mac, ip: "192.168.1.2" as Ip, label: 100, label2: 5001 },
  { kind: "mac-ip", rd, esi, tag: 0, mac, ip: "2001:db8::2" as Ip, label: 100 },
  { kind: "inclusive-multicast", rd, tag: 0, originator: vtep },
  { kind: "inclusive-multicast", rd, tag: 0, originator: "2001:db8::1" as Ip },
  { kind: "ethernet-segment", rd, esi, originator: vtep },
  { kind: "ip-prefix", rd, esi: zeroEsi, tag: 0, prefix: prefix4, gateway: "0.0.0.0" as Ip, label: 5001 },
  { kind: "ip-prefix", rd, esi: zeroEsi, tag: 0, prefix: prefix6, gateway: "::" as Ip, label: 5001 },
];
const hop = ipToBytes(vtep);
const vpnHop = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, ...hop);

const messages: readonly Message[] = [
  makeOpen({
    asn: 4200000000,
    holdTime: 90,
    identifier: 0x0a000001,
    capabilities: [
      { kind: "multiprotocol", family: "l2vpn-evpn" },
      { kind: "route-refresh" },
      { kind: "enhanced-route-refresh" },
      { kind: "extended-message" },
      { kind: "four-octet-as", asn: 4200000000 },
      {
        kind: "graceful-restart",
        restarted: true,
        notification: true,
        restartTime: 120,
        families: [{ family: "l2vpn-evpn", forwarding: true }],
      },
      { kind: "long-lived-graceful-restart", families: [{ family: "l2vpn-evpn", forwarding: true, staleTime: 3600 }] },
      { kind: "extended-next-hop", rows: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
      { kind: "add-path", families: [{ family: "ipv4-unicast", mode: 3 }] },
      { kind: "fqdn", host: "leaf1", domain: "example" },
    ],
  }),
  keepalive,
  routeRefresh("l2vpn-evpn"),
  ...evpnRoutes.map((route) =>
    announce("l2vpn-evpn", hop, [route], [{ kind: "extended-communities", flags: 0xc0, communities: everyCommunity }]),
  ),
  announce("l2vpn-evpn", hop, evpnRoutes.slice(4, 5), [
    { kind: "pmsi-tunnel", flags: 0xc0, tunnelFlags: 0, tunnelType: 6, label: 100, identifier: hop },
    { kind: "originator-id", flags: 0x80, originator: vtep },
    { kind: "cluster-list", flags: 0x80, clusters: [vtep] },
    { kind: "communities", flags: 0xc0, communities: [0xfde80001, 0xffff0006] },
    { kind: "large-communities", flags: 0xc0, communities: [{ administrator: 65000, data1: 1, data2: 2 }] },
    { kind: "aggregator", flags: 0xc0, asn: 65000, address: vtep },
    { kind: "atomic-aggregate", flags: 0x40 },
    { kind: "multi-exit-disc", flags: 0x80, metric: 10 },
  ]),
  announce("ipv6-unicast", ipToBytes("2001:db8::1" as Ip), [{ kind: "unicast", prefix: prefix6 }]),
  announce("vpnv4", vpnHop, [{ kind: "vpn", labels: [0x641], rd, prefix: prefix4 }]),
  announce("vpnv6", Uint8Array.of(...vpnHop.subarray(0, 8), ...ipToBytes("2001:db8::1" as Ip)), [
    { kind: "vpn", labels: [0x641], rd, prefix: prefix6 },
  ]),
  announce("rt-constrain", hop, [membershipOf(65000, "65000:100"), { kind: "rt-membership", length: 0, originAs: 0, target: "" }]),
  {
    kind: "update",
    withdrawn: [],
    announced: [],
    attributes: [{ kind: "mp-unreach", flags: 0x90, family: "l2vpn-evpn", routes: evpnRoutes }],
  },
  { kind: "update", withdrawn: [], announced: [], attributes: [{ kind: "mp-unreach", flags: 0x80, family: "l2vpn-evpn", routes: [] }] },
  { kind: "update", withdrawn: [{ kind: "unicast", prefix: prefix4 }], announced: [], attributes: [] },
  cease(2, "maintenance"),
];

/** A classic capture file (LINKTYPE_RAW) of one TCP stream, a packet per message. */
function capture(payloads: readonly Uint8Array[]): Uint8Array {
  const w = new Writer(8192);
  w.u32(0xa1b2c3d4).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(101);
  let sequence = 1;
  payloads.forEach((payload, i) => {
    const length = 40 + payload.length;
    w.u32(i).u32(0).u32(length).u32(length);
    w.u8(0x45)
      .u8(0)
      .u16(length)
      .u32(0)
      .u8(64)
      .u8(6)
      .u16(0)
      .put(Uint8Array.of(10, 0, 0, 1, 10, 0, 0, 2));
    w.u16(50000).u16(179).u32(sequence).u32(1).u8(0x50).u8(0x18).u16(65535).u32(0).put(payload);
    sequence += payload.length;
  });
  return w.finish();
}

test("tshark reads every message that the codecs write, and finds none malformed", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "weft-tshark-"));
  try {
    const file = path.join(folder, "messages.pcap");
    writeFileSync(file, capture(messages.map((m) => encodeMessage(m, context))));
    const read = (...filter: string[]): string[] =>
      execFileSync("tshark", ["-n", "-r", file, "-o", "tcp.check_checksum:FALSE", ...filter], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      })
        .split("\n")
        .filter((line) => line !== "");
    assert.equal(read("-Y", "bgp.type", "-T", "fields", "-e", "bgp.type").length, messages.length);
    assert.deepEqual(
      read(
        "-Y",
        "_ws.malformed || (bgp && _ws.expert.severity >= 6291456)",
        "-T",
        "fields",
        "-e",
        "frame.number",
        "-e",
        "_ws.expert.message",
      ),
      [],
    );
    const routeTypes = read("-Y", "bgp.evpn.nlri.rt", "-T", "fields", "-E", "occurrence=f", "-e", "bgp.evpn.nlri.rt").slice(
      0,
      evpnRoutes.length,
    );
    assert.deepEqual(routeTypes, ["1", "2", "2", "2", "3", "3", "4", "5", "5"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
