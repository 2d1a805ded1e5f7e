// SPDX-License-Identifier: Apache-2.0
import { NetlinkDecodeError } from "../../src/netlink/errors.ts";
import type { Ip } from "../../src/base/net/ip.ts";
import type { Mac } from "../../src/base/net/mac.ts";
import { encodeAddress } from "../../src/netlink/route/address.ts";
import { bridgePort, encodeBridgePortRequest } from "../../src/netlink/route/bridge-port.ts";
import { decodeEvent } from "../../src/netlink/route/event.ts";
import { encodeFdbEntry } from "../../src/netlink/route/fdb.ts";
import { encodeLink } from "../../src/netlink/route/link-codec.ts";
import type { LinkKind } from "../../src/netlink/route/link-kind/link-kind.ts";
import { encodeNeighbour } from "../../src/netlink/route/neighbour.ts";
import { encodeNexthop } from "../../src/netlink/route/nexthop.ts";
import { encodeRoute } from "../../src/netlink/route/route-codec.ts";
import { encodeRule } from "../../src/netlink/route/rule.ts";
import { decodeAck, decodeDone } from "../../src/netlink/wire/ack.ts";
import { type Message, NLM_F_ACK_TLVS, NLM_F_CAPPED, messagesOf } from "../../src/netlink/wire/message.ts";
import { MessageWriter } from "../../src/netlink/wire/message-writer.ts";
import { type Target, fate } from "../target.ts";

function message(type: number, encode: (w: MessageWriter) => void): Uint8Array {
  const w = new MessageWriter();
  w.beginMessage(type, 0, 1);
  encode(w);
  w.endMessage();
  return w.view().slice();
}

const mac = "02:00:00:00:01:02" as Mac;
const [gateway, six] = ["10.0.0.2" as Ip, "2001:db8::2" as Ip];
const kinds: readonly LinkKind[] = [
  { kind: "veth" },
  { kind: "bridge", ageingTime: 30000, vlanFiltering: false, groupForwardMask: 8 },
  { kind: "vxlan", id: 100, local: gateway, port: 4789, learning: false, portRange: { low: 1, high: 2 } },
  { kind: "vxlan", id: 100, local: six, ttl: 64, vniFilter: true },
  { kind: "generic", name: "vrf", data: [{ type: 1, bytes: Uint8Array.of(1, 0, 0, 0) }] },
];
const hops = [
  { weight: 1, flags: 0x10, ifindex: 2, gateway },
  { weight: 3, flags: 0, ifindex: 2, gateway: six },
];

const device = {
  ifindex: 3,
  name: "vx100",
  hardwareType: 1,
  flags: 0x1003,
  up: true,
  mtu: 1450,
  address: mac,
  master: 2,
  linkIfindex: 5,
  linkNamespaceId: 1,
  operstate: "up",
  carrier: true,
  alias: "weft",
} as const;

/** A message of each object that we know, by its name. */
const sound: Readonly<Record<string, readonly Uint8Array[]>> = {
  link: kinds.map((kind) =>
    message(16, (w) =>
      encodeLink(w, {
        ...device,
        kind,
      }),
    ),
  ),
  "bridge-port": [
    message(16, (w) => encodeBridgePortRequest(w, bridgePort.set(3, { learning: false, neighSuppress: true, cost: 7 }), 1)).subarray(16),
  ],
  fdb: [
    message(28, (w) => encodeFdbEntry(w, { ifindex: 3, mac, state: 0x42, flags: 0x12, dst: gateway })),
    message(28, (w) => encodeFdbEntry(w, { ifindex: 3, mac, state: 0x80, flags: 0x02, dst: six, vni: 7, vlan: 1, master: 2 })),
  ],
  neighbour: [
    message(28, (w) => encodeNeighbour(w, { ifindex: 2, ip: gateway, state: 0x40, flags: 0x10, mac, protocol: 186 })),
    message(29, (w) => encodeNeighbour(w, { ifindex: 2, ip: six, state: 0x40, flags: 0x10, mac, flagsExt: 1 })),
  ],
  address: [message(20, (w) => encodeAddress(w, { ifindex: 2, ip: gateway, prefixLength: 24, flags: 0x80, scope: 0, label: "br0" }))],
  route: [
    message(24, (w) =>
      encodeRoute(w, {
        destination: { ip: "10.5.0.0" as Ip, length: 16 },
        table: 254,
        type: "unicast",
        protocol: 186,
        scope: 0,
        tos: 0,
        hops,
        priority: 20,
      }),
    ),
  ],
  rule: [
    message(32, (w) =>
      encodeRule(w, {
        family: 2,
        priority: 100,
        action: "lookup",
        table: 1000,
        tos: 0,
        invert: false,
        inputInterface: "br0",
        mark: 1,
        markMask: 3,
      }),
    ),
  ],
  nexthop: [
    message(104, (w) => encodeNexthop(w, { id: 7, protocol: 186, scope: 0, flags: 0, gateway, ifindex: 2 })),
    message(104, (w) => encodeNexthop(w, { id: 8, protocol: 186, scope: 0, flags: 0, group: [{ id: 7, weight: 1 }], fdb: true })),
  ],
};

/** A value, nothing, or the one error that decoders may throw. */
function read<T>(decode: () => T): T | string {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof NetlinkDecodeError)) throw error;
    return error.message;
  }
}

/** A datagram as the kernel could send it: every message of it is looked at as what it says it is. */
function judge(input: Uint8Array): string {
  const words: string[] = [];
  const whole = read(() => {
    for (const m of messagesOf(input)) words.push(wordsOf(m));
    return "whole";
  });
  return fate([...words.slice(0, 8), whole]);
}

function wordsOf(m: Message): string {
  const event = read(() => decodeEvent(m));
  if (event === undefined || typeof event === "string") return `${event}`;
  const fields = Object.entries(event.value).map(([k, v]) =>
    typeof v === "object" && !Array.isArray(v) ? `${k}(${Object.keys(v ?? {}).join(",")})` : k,
  );
  return `${event.object} ${event.change} ${fields.join(" ")}`;
}

/** Acks and ends of dumps, with and without the kernel's words. */
function judgeAck(input: Uint8Array): string {
  const words = [0, NLM_F_ACK_TLVS, NLM_F_ACK_TLVS | NLM_F_CAPPED].flatMap((flags) => {
    const m: Message = { bytes: input, type: 2, flags, sequence: 1, start: 0, end: input.length };
    return [decodeAck, decodeDone].map((decode) => {
      const ack = read(() => decode(m));
      return typeof ack === "string" ? ack : `${ack.errno === 0} ${ack.message !== undefined} ${ack.offset !== undefined}`;
    });
  });
  return fate(words);
}

export function netlinkTargets(): readonly Target[] {
  const ack = Uint8Array.from([
    0xef, 0xff, 0xff, 0xff, 32, 0, 0, 0, 28, 0, 5, 6, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 2, 0, 4, 0, 0, 0, 9, 0, 1, 0, 66, 97, 100, 33, 0,
  ]);
  const everything = Buffer.concat(Object.values(sound).flat());
  return [
    ...Object.entries(sound).map(([object, corpus]) => ({ name: `netlink/${object}`, corpus, run: judge })),
    { name: "netlink/datagram", corpus: [everything, ...Object.values(sound).flat()], run: judge, weight: 2 },
    { name: "netlink/ack", corpus: [ack, ack.subarray(0, 20)], run: judgeAck },
  ];
}
