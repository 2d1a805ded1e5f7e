// SPDX-License-Identifier: Apache-2.0
/** Our requests beside those of iproute2 6.1.0, recorded at its sendmsg(2). br0 is interface 2, vx0 is 3. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../base/bytes/hex.ts";
import type { Ip } from "../../base/net/ip.ts";
import { type Mac, zeroMac } from "../../base/net/mac.ts";
import { AttributeCursor } from "../wire/attribute.ts";
import { type Message, NLM_F_ACK, messagesOf } from "../wire/message.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import { address } from "./address.ts";
import { bridgePort } from "./bridge-port.ts";
import { FDB_STATIC, fdb } from "./fdb.ts";
import { link } from "./link.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF, NUD_NOARP } from "./neighbour-flags.ts";
import { neighbour } from "./neighbour.ts";
import { nexthop } from "./nexthop.ts";
import { type NetlinkRequest, encodeRequest, formatRequest } from "./request.ts";
import { RTPROT_BOOT, route } from "./route.ts";
import { rule } from "./rule.ts";

const ip = (t: string): Ip => t as Ip;
const mac = "02:00:00:00:01:02" as Mac;

interface Case {
  readonly command: string;
  readonly bytes: string;
  readonly request: NetlinkRequest;
  /** Length of the family's header. */
  readonly header: number;
  /** Attribute paths whose value is more attributes. */
  readonly nested?: readonly string[];
  /** What only one side says, with the reason beside. */
  readonly except?: readonly string[];
}

const cases: readonly Case[] = [
  {
    command: "ip link add vx9 mtu 1450 type vxlan id 9 local 10.0.0.1 dstport 4790 nolearning ttl 64",
    bytes:
      "6c00000010000506b22a006b000000000000000000000000000000000000000008000400aa05000008000300767839003c0012000900010076786c616e0000002c00020005000500400000000800010009000000080004000a000001050007000000000006000f0012b60000",
    request: link.add({
      name: "vx9",
      mtu: 1450,
      kind: { kind: "vxlan", id: 9, local: ip("10.0.0.1"), port: 4790, learning: false, ttl: 64 },
    }),
    header: 16,
    nested: ["18", "18.2"],
  },
  {
    command: "ip link add br9 type bridge mcast_snooping 0",
    bytes:
      "4400000010000506b22a006b000000000000000000000000000000000000000008000300627239001c0012000a00010062726964676500000c0002000500170000000000",
    request: link.add({ name: "br9", kind: { kind: "bridge", multicastSnooping: false } }),
    header: 16,
    nested: ["18", "18.2"],
  },
  {
    command: "ip link set vx0 addrgenmode none",
    bytes: "3000000010000500b22a006b000000000000000003000000000000000000000010001a000c000a000500080001000000",
    request: link.set(3, { addressGenerationMode: "none" }),
    header: 16,
    nested: ["26", "26.10"],
  },
  {
    command: "bridge fdb add 02:00:00:00:01:02 dev vx0 dst 10.0.0.2 self extern_learn static",
    bytes: "300000001c000506b32a006b000000000700000003000000420012000a0002000200000001020000080001000a000002",
    request: fdb.add({ ifindex: 3, mac, dst: ip("10.0.0.2"), flags: NTF_SELF | NTF_EXT_LEARNED, state: FDB_STATIC }),
    header: 12,
  },
  {
    command: "bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.3 self permanent",
    bytes: "300000001c00050cb32a006b000000000700000003000000c00002000a0002000000000000000000080001000a000003",
    request: fdb.append({ ifindex: 3, mac: zeroMac, dst: ip("10.0.0.3") }),
    header: 12,
  },
  {
    command: "bridge fdb add 02:00:00:00:01:02 dev vx0 master static",
    bytes: "280000001c000506b32a006b000000000700000003000000420004000a0002000200000001020000",
    request: fdb.add({ ifindex: 3, mac, flags: NTF_MASTER, state: FDB_STATIC }),
    header: 12,
  },
  {
    command: "bridge fdb del 02:00:00:00:01:02 dev vx0 dst 10.0.0.2 self",
    bytes: "300000001d000500b32a006b000000000700000003000000c00002000a0002000200000001020000080001000a000002",
    request: fdb.delete({ ifindex: 3, mac, dst: ip("10.0.0.2") }),
    header: 12,
  },
  {
    command: "bridge link set dev vx0 neigh_suppress on learning off",
    bytes: "3400000013000500b32a006b000000000700000003000000000000000000000014000c8005000800000000000500200001000000",
    request: bridgePort.set(3, { neighSuppress: true, learning: false }),
    header: 16,
    nested: ["12"],
  },
  {
    command: "ip neigh add 192.168.1.2 lladdr 02:00:00:00:01:02 dev br0 nud noarp extern_learn proto 186",
    bytes: "380000001c000506b32a006b0000000002000000020000004000100005000c00ba00000008000100c0a801020a0002000200000001020000",
    request: neighbour.add({ ifindex: 2, ip: ip("192.168.1.2"), mac, state: NUD_NOARP, flags: NTF_EXT_LEARNED, protocol: 186 }),
    header: 12,
  },
  {
    command: "ip addr add 192.168.2.1/24 dev br0",
    bytes: "2800000014000506b32a006b00000000021800000200000008000200c0a8020108000100c0a80201",
    request: address.add({ ifindex: 2, ip: ip("192.168.2.1"), prefixLength: 24 }),
    header: 8,
  },
  {
    command: "ip addr add 2001:db8::1/64 dev br0",
    bytes:
      "4000000014000506b32a006b000000000a400000020000001400020020010db80000000000000000000000011400010020010db8000000000000000000000001",
    request: address.add({ ifindex: 2, ip: ip("2001:db8::1"), prefixLength: 64 }),
    header: 8,
    except: ["2"], // IFA_LOCAL: the kernel takes IFA_ADDRESS alone for IPv6
  },
  {
    command: "ip route add 10.5.0.0/16 proto 186 nexthop via 192.168.1.8 dev br0 nexthop via 192.168.1.9 dev br0 weight 3",
    bytes:
      "4800000018000506b32a006b0000000002100000feba000100000000080001000a05000024000900100000000200000008000500c0a80108100000020200000008000500c0a80109",
    request: route.add({
      destination: { ip: ip("10.5.0.0"), length: 16 },
      protocol: 186,
      hops: [
        { gateway: ip("192.168.1.8"), ifindex: 2 },
        { gateway: ip("192.168.1.9"), ifindex: 2, weight: 3 },
      ],
    }),
    header: 12,
    except: ["15"], // RTA_TABLE: iproute2 leaves it out when the header's octet holds the table
  },
  {
    command: "ip route add 10.6.0.0/16 via 192.168.1.8 table 1000",
    bytes: "3400000018000506b32a006b00000000021000000003000100000000080001000a06000008000500c0a8010808000f00e8030000",
    request: route.add({
      destination: { ip: ip("10.6.0.0"), length: 16 },
      table: 1000,
      protocol: RTPROT_BOOT,
      hops: [{ gateway: ip("192.168.1.8") }],
    }),
    header: 12,
  },
  {
    command: "ip route del 10.6.0.0/16 table 1000",
    bytes: "2c00000019000500b32a006b00000000021000000000ff0000000000080001000a06000008000f00e8030000",
    request: route.delete({ destination: { ip: ip("10.6.0.0"), length: 16 }, table: 1000 }),
    header: 12,
  },
  {
    command: "ip rule add pref 100 from 10.0.0.0/8 lookup 77",
    bytes: "2c00000020000506b32a006b00000000020008004d000001000000000800060064000000080002000a000000",
    request: rule.add({ priority: 100, source: { ip: ip("10.0.0.0"), length: 8 }, table: 77 }),
    header: 12,
    except: ["15"], // FRA_TABLE: as with routes
  },
  {
    command: "ip nexthop add id 5 via 10.0.0.7 fdb",
    bytes: "2c00000068000506b32a006b0000000002000000000000000800010005000000080006000a00000704000b00",
    request: nexthop.add({ id: 5, gateway: ip("10.0.0.7"), fdb: true }),
    header: 8,
  },
  {
    command: "ip nexthop add id 7 group 5 fdb",
    bytes: "3000000068000506b32a006b00000000000000000000000008000100070000000c000200050000000000000004000b00",
    request: nexthop.add({ id: 7, fdb: true, group: [{ id: 5, weight: 1 }] }),
    header: 8,
  },
];

/** Attributes by path; their order means nothing to the kernel. Text without its final NUL, which is optional. */
function flatten(a: AttributeCursor, nested: ReadonlySet<string>, prefix = ""): readonly (readonly [string, string])[] {
  const out: (readonly [string, string])[] = [];
  while (a.next()) {
    const path = `${prefix}${a.type}`;
    if (nested.has(path)) out.push(...flatten(a.nested(), nested, `${path}.`));
    else out.push([path, toHex(a.value()).replace(/(?<=^(?:..){3,})00$/, "")]);
  }
  return out.toSorted(([x], [y]) => (x < y ? -1 : 1));
}

function parts(m: Message, c: Case): unknown {
  const attributes = flatten(new AttributeCursor(m.bytes, m.start + c.header, m.end), new Set(c.nested ?? []));
  return {
    type: m.type,
    flags: m.flags & ~NLM_F_ACK, // we ask for one at the end of a batch
    header: toHex(m.bytes.subarray(m.start, m.start + c.header)),
    attributes: attributes.filter(([path]) => c.except?.includes(path) !== true),
  };
}

for (const c of cases) {
  test(c.command, () => {
    const w = new MessageWriter();
    encodeRequest(w, c.request, 1, () => -1);
    const [ours] = [...messagesOf(w.view())];
    const [theirs] = [...messagesOf(fromHex(c.bytes)!)];
    assert.deepEqual(parts(ours!, c), parts(theirs!, c));
  });
}

test("an operation reads like the command that does the same", () => {
  assert.equal(formatRequest(cases[3]!.request), "bridge fdb add 02:00:00:00:01:02 dev 3 dst 10.0.0.2 self extern_learn static");
  assert.equal(formatRequest(cases[9]!.request), "ip addr add 192.168.2.1/24 dev 2");
  assert.equal(formatRequest(cases[13]!.request), "ip route del 10.6.0.0/16 table 1000 proto 0");
});
