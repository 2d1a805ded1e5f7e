// SPDX-License-Identifier: Apache-2.0
/** Multicast messages of kernel 6.18, recorded while iproute2 made the changes named. br0 is interface 2, vx0 is 3. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../../base/bytes/hex.ts";
import type { Message } from "../wire/message.ts";
import { decodeEvent } from "./event.ts";

interface Recorded {
  readonly command: string;
  readonly type: number;
  readonly bytes: string;
  readonly event: unknown;
}

const recorded: readonly Recorded[] = [
  {
    command: "bridge fdb add 02:00:00:00:01:02 dev vx0 dst 10.0.0.2 self extern_learn static",
    type: 28,
    bytes: "0700000003000000420012010a0002000200000001020000080001000a0000021400030000000000000000000000000000000000",
    event: { object: "fdb", change: "new", value: { ifindex: 3, mac: "02:00:00:00:01:02", state: 0x42, flags: 0x12, dst: "10.0.0.2" } },
  },
  {
    command: "ip addr add 192.168.1.1/24 dev br0",
    type: 20,
    bytes: "021880000200000008000100c0a8010108000200c0a801010800030062723000080008008000000014000600ffffffffffffffffce970400ce970400",
    event: {
      object: "address",
      change: "new",
      value: { ifindex: 2, ip: "192.168.1.1", prefixLength: 24, flags: 0x80, scope: 0, label: "br0" },
    },
  },
  {
    command: "ip neigh add 192.168.1.2 lladdr 02:00:00:00:01:02 dev br0 nud noarp extern_learn protocol 186",
    type: 28,
    bytes:
      "02000000020000004000100108000100c0a801020a00020002000000010200000800040000000000140003000000000000000000000000000100000005000c00ba000000",
    event: {
      object: "neighbour",
      change: "new",
      value: { ifindex: 2, ip: "192.168.1.2", mac: "02:00:00:00:01:02", state: 0x40, flags: 0x10, protocol: 186 },
    },
  },
  {
    command: "ip route add 10.5.0.0/16 proto 186 nexthop via 192.168.1.8 nexthop via 192.168.1.9 weight 3 (br0 without carrier)",
    type: 24,
    bytes:
      "02100000feba00011000000008000f00fe000000080001000a05000024000900100010000200000008000500c0a80108100010020200000008000500c0a80109",
    event: {
      object: "route",
      change: "new",
      value: {
        destination: { ip: "10.5.0.0", length: 16 },
        table: 254,
        type: "unicast",
        protocol: 186,
        scope: 0,
        tos: 0,
        hops: [
          { weight: 1, flags: 0x10, ifindex: 2, gateway: "192.168.1.8" },
          { weight: 3, flags: 0x10, ifindex: 2, gateway: "192.168.1.9" },
        ],
      },
    },
  },
  {
    command: "ip link set vx0 nomaster: RTM_DELLINK of AF_BRIDGE, which is no end of the link",
    type: 17,
    bytes: "07000100030000000210000000000000080003007678300008000a000200000008000400dc05000005001000020000000a0001000200000000a00000",
    event: { object: "bridge-port", change: "delete", value: { ifindex: 3, master: 2, options: {} } },
  },
];

for (const r of recorded) {
  test(r.command, () => {
    const bytes = fromHex(r.bytes)!;
    const m: Message = { bytes, type: r.type, flags: 0, sequence: 0, start: 0, end: bytes.length };
    assert.deepEqual(decodeEvent(m), r.event);
  });
}
