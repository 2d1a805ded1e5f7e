// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../base/bytes/hex.ts";
import type { Ip } from "../base/net/ip.ts";
import { type Mac, macFromBytes } from "../base/net/mac.ts";
import type { Rd } from "../base/net/rd.ts";
import type { Esi } from "../bgp/wire/nlri/evpn/esi.ts";
import { encodeEvpn } from "../bgp/wire/nlri/evpn/table.ts";
import { EvpnError } from "./errors.ts";
import { Evpn } from "./evpn.ts";
import { attributeSet, best, macIpNlri } from "./testing/remote-route.ts";
import { macOf } from "./testing/letter-mac.ts";
import { render } from "./testing/render.ts";
import { blue } from "./testing/script.ts";
import type { MacVrf } from "./types.ts";

const red: MacVrf = { ...blue, network: "red", vni: 200, rd: "10.0.0.1:200" as Rd, importTargets: ["65000:200"] };
const mac = { network: "blue", mac: macOf("M"), port: "p1", sticky: false, origin: "learned" } as const;

function octets(text: string): string {
  return text.replaceAll(" ", "");
}

test("the octets of what we originate", () => {
  const evpn = new Evpn();
  const type3 = evpn.configure([blue], 0).routes[0]!;
  assert.ok(type3.kind === "announce");
  assert.equal(toHex(type3.route.nlri), octets("03 11 00010a0000010064 00000000 20 0a000001"));
  const common = "40010100 400200 40050400000064";
  const communities = "0002fde800000064 030c000000000008";
  assert.equal(toHex(type3.route.attributes), octets(`${common} c01010 ${communities} c01609 00 06 000064 0a000001`));
  assert.equal(toHex(type3.route.nextHop), octets("0a000001"));

  const type2 = evpn.applyLocal([{ kind: "mac-up", mac: { ...mac, sticky: true } }], 0).routes[0]!;
  assert.ok(type2.kind === "announce");
  const esi = "0".repeat(20);
  assert.equal(toHex(type2.route.nlri), octets(`02 21 00010a0000010064 ${esi} 00000000 30 02000000004d 00 000064`));
  assert.equal(toHex(type2.route.attributes), octets(`${common} c01018 ${communities} 0600010000000000`));
});

test("with an IPv6 VTEP the next hop and the tunnel endpoint have 16 octets", () => {
  const route = new Evpn().configure([{ ...blue, vtep: "2001:db8::1" as Ip }], 0).routes[0]!;
  assert.ok(route.kind === "announce");
  assert.equal(toHex(route.route.nextHop), "20010db8000000000000000000000001");
  assert.ok(toHex(route.route.attributes).endsWith(octets("c01615 00 06 000064 20010db8000000000000000000000001")));
});

test("routes with equal attributes share one array", () => {
  const evpn = new Evpn();
  evpn.configure([blue], 0);
  const ups = ["M", "N", "O"].map((letter) => ({ kind: "mac-up", mac: { ...mac, mac: macOf(letter) } }) as const);
  const arrays = evpn.applyLocal(ups, 0).routes.map((o) => (o.kind === "announce" ? o.route.attributes : undefined));
  assert.equal(arrays.length, 3);
  assert.equal(new Set(arrays).size, 1);
});

test("two networks may swap their RDs in one step", () => {
  const evpn = new Evpn();
  evpn.configure([blue, red], 0);
  evpn.applyLocal([{ kind: "mac-up", mac }], 0);
  const out = evpn.configure(
    [
      { ...blue, rd: red.rd },
      { ...red, rd: blue.rd },
    ],
    0,
  );
  assert.deepEqual(render(out), [
    "withdraw M rd 10.0.0.1:100",
    "announce multicast 10.0.0.1 rd 10.0.0.1:200 vni 100 rt 65000:100 via 10.0.0.1",
    "announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 200 rt 65000:100 via 10.0.0.1",
    "announce M rd 10.0.0.1:200 vni 100 rt 65000:100 via 10.0.0.1",
  ]);
});

test("a batch settles once: what comes and goes within it says nothing", () => {
  const evpn = new Evpn();
  evpn.configure([blue], 0);
  const nlri = macIpNlri("10.0.0.2:1", macOf("M"), undefined, 100);
  const from = (nextHop: string) => attributeSet({ nextHop: nextHop as Ip, targets: ["65000:100"] });
  const came = evpn.applyBest([best(nlri, from("10.0.0.2")), best(nlri, from("10.0.0.3")), best(nlri, from("10.0.0.4"))], 0);
  assert.deepEqual(render(came), ["mac M at 10.0.0.4 seq 0"]);
  assert.deepEqual(render(evpn.applyBest([best(nlri, undefined), best(nlri, from("10.0.0.4"))], 0)), []);
  const there = { kind: "mac-up", mac: { ...mac, mac: macOf("N") } } as const;
  const back = { kind: "mac-down", network: "blue", mac: macOf("N") } as const;
  assert.deepEqual(render(evpn.applyLocal([there, back], 0)), []);
});

test("other families and other route types are passed over, broken octets are reported", () => {
  const evpn = new Evpn();
  evpn.configure([blue], 0);
  const attributes = attributeSet({ nextHop: "10.0.0.2" as Ip, targets: ["65000:100"] });
  const type4 = Uint8Array.of(4, 23, ...new Uint8Array(18), 32, 10, 0, 0, 2);
  assert.deepEqual(render(evpn.applyBest([{ ...best(type4, attributes), family: "ipv4-unicast" }, best(type4, attributes)], 0)), []);
  assert.deepEqual(render(evpn.applyBest([best(Uint8Array.of(2, 1, 0), attributes)], 0)), ["event: ignored 020100: malformed NLRI"]);
});

test("a route of a multihomed segment leads to its next hop, as if single-homed", () => {
  const evpn = new Evpn();
  evpn.configure([blue], 0);
  const esi = "00:01:02:03:04:05:06:07:08:09" as Esi;
  const nlri = encodeEvpn({ kind: "mac-ip", rd: "10.0.0.2:1" as Rd, esi, tag: 0, mac: macOf("M"), ip: undefined, label: 100 });
  const attributes = attributeSet({ nextHop: "10.0.0.2" as Ip, targets: ["65000:100"] });
  assert.deepEqual(render(evpn.applyBest([best(nlri, attributes)], 0)), ["mac M at 10.0.0.2 seq 0"]);
  // A withdrawal need not repeat the segment: it is no part of the key.
  assert.deepEqual(render(evpn.applyBest([best(macIpNlri("10.0.0.2:1", macOf("M"), undefined, 0), undefined)], 0)), ["mac M gone"]);
});

test("a learned address that lost is forgotten, also when the winner goes", () => {
  const evpn = new Evpn();
  evpn.configure([blue], 0);
  const ip = "192.0.2.1" as Ip;
  evpn.applyLocal(
    [
      { kind: "mac-up", mac },
      { kind: "neighbour-up", neighbour: { network: "blue", ip, mac: mac.mac, origin: "learned" } },
    ],
    0,
  );
  const nlri = macIpNlri("10.0.0.2:1", macOf("N"), ip, 100);
  evpn.applyBest([best(nlri, attributeSet({ nextHop: "10.0.0.2" as Ip, targets: ["65000:100"], sequence: 1 }))], 0);
  evpn.applyBest([best(nlri, undefined)], 0);
  assert.deepEqual([...evpn.neighbours()], []);
});

test("an all-zero or group MAC never reaches the kernel's tables", () => {
  const evpn = new Evpn();
  evpn.configure([blue], 0);
  const attributes = attributeSet({ nextHop: "10.0.0.2" as Ip, targets: ["65000:100"] });
  for (const wrong of [new Uint8Array(6), Uint8Array.of(1, 0, 0x5e, 0, 0, 1)]) {
    const out = evpn.applyBest([best(macIpNlri("10.0.0.2:1", macFromBytes(wrong), undefined, 100), attributes)], 0);
    assert.deepEqual(out.forwarding, []);
    assert.deepEqual(
      out.events.map((e) => e.kind),
      ["route-ignored"],
    );
  }
});

test("a configuration that contradicts itself is refused and changes nothing", () => {
  const evpn = new Evpn();
  evpn.configure([blue], 0);
  const wrong: readonly [string, readonly MacVrf[]][] = [
    ["WEFT_EVPN_NETWORK_TWICE", [blue, { ...red, network: "blue" }]],
    ["WEFT_EVPN_RD_TWICE", [blue, { ...red, rd: blue.rd }]],
    ["WEFT_EVPN_VNI", [{ ...blue, vni: 0 }]],
    ["WEFT_EVPN_VNI", [{ ...blue, vni: 1 << 24 }]],
    ["WEFT_EVPN_ROUTE_TARGET", [{ ...blue, importTargets: ["65000"] }]],
    ["WEFT_EVPN_ROUTE_TARGET", [{ ...blue, exportTargets: ["*:100"] }]],
  ];
  for (const [code, set] of wrong)
    assert.throws(
      () => evpn.configure(set, 0),
      (e) => e instanceof EvpnError && e.code === code,
    );
  assert.deepEqual(render(evpn.configure([blue], 0)), []);
});

test("the queries", () => {
  const evpn = new Evpn({ duplicates: { moves: 1, recoverMs: 1000 } });
  evpn.configure([blue, red], 0);
  const attributes = attributeSet({ nextHop: "10.0.0.2" as Ip, targets: ["65000:100"], sequence: 4 });
  const ip = "192.0.2.9" as Ip;
  evpn.applyBest([best(macIpNlri("10.0.0.2:1", macOf("N"), ip, 100), attributes)], 0);
  evpn.applyLocal(
    [
      { kind: "mac-up", mac },
      { kind: "neighbour-up", neighbour: { network: "blue", ip: "192.0.2.1" as Ip, mac: mac.mac, origin: "learned" } },
    ],
    0,
  );
  const common = { network: "blue", vni: 100 };
  assert.deepEqual(
    [...evpn.macs("blue")],
    [
      {
        ...common,
        mac: macOf("N"),
        where: "remote",
        at: "10.0.0.2",
        sequence: 4,
        sticky: false,
        origin: "bgp",
        ips: [ip],
        quarantined: false,
      },
      {
        ...common,
        mac: mac.mac,
        where: "local",
        at: "p1",
        sequence: 0,
        sticky: false,
        origin: "learned",
        ips: ["192.0.2.1"],
        quarantined: false,
      },
    ],
  );
  assert.deepEqual(
    [...evpn.neighbours()],
    [
      { ...common, ip, mac: macOf("N"), where: "remote", at: "10.0.0.2", origin: "bgp" },
      { ...common, ip: "192.0.2.1", mac: mac.mac, where: "local", at: "p1", origin: "learned" },
    ],
  );
  assert.deepEqual([...evpn.vteps()], [{ ...common, vtep: "10.0.0.2", flood: false, floodVni: 100, macs: 1 }]);
  assert.deepEqual(evpn.counts("blue"), { localMacs: 1, remoteMacs: 1, neighbours: 2, vteps: 0, quarantined: 0, originated: 3 });
  assert.equal(evpn.counts("green"), undefined);
  evpn.applyLocal([{ kind: "mac-up", mac: { ...mac, mac: macOf("N") } }], 500);
  assert.deepEqual(evpn.duplicates("blue"), [{ ...common, mac: macOf("N"), ip: undefined, moves: 1, since: 500, until: 1500 }]);
  assert.equal(evpn.nextDeadline(), 1500);
  assert.equal(evpn.clearDuplicate("blue", "02:00:00:00:00:01" as Mac, 600), undefined);
  evpn.tick(1500);
  assert.equal(evpn.nextDeadline(), 1500 + 1000, "what was learned meanwhile is claimed, which is a move again");
});

test("walked through while they change, the tables give what stays exactly once, and what goes and comes back at most once", () => {
  const evpn = new Evpn();
  evpn.configure([blue, red], 0);
  const attributes = attributeSet({ nextHop: "10.0.0.2" as Ip, targets: ["65000:100"] });
  const names = Array.from({ length: 9 }, (_, i) => `02:00:00:00:01:0${i}` as Mac);
  const routes = names.map((one, i) => macIpNlri("10.0.0.2:1", one, `192.0.2.${i}` as Ip, 100));
  const say = (i: number, present: boolean): void => void evpn.applyBest([best(routes[i]!, present ? attributes : undefined)], 0);
  names.forEach((_, i) => say(i, true));
  for (const table of [() => evpn.macs(), () => evpn.neighbours()]) {
    const seen: Mac[] = [];
    for (const { mac: one } of table()) {
      seen.push(one);
      for (const i of [0, 4, 8]) {
        say(i, false);
        say(i, true);
      }
    }
    assert.equal(new Set(seen).size, seen.length);
    for (const i of [1, 2, 3, 5, 6, 7]) assert.ok(seen.includes(names[i]!));
  }
});
