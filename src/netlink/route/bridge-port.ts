// SPDX-License-Identifier: Apache-2.0
import { NetlinkDecodeError } from "../errors.ts";
import { AttributeCursor, NLA_F_NESTED, type RawAttribute } from "../wire/attribute.ts";
import { type OptionRow, bool8, readOption, rowsByAttribute, u16, u32, u8, writeOptions } from "../wire/attribute-codec.ts";
import { type Message, NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { u32At } from "../wire/scalar.ts";
import { AF_BRIDGE } from "./family.ts";

/** What a bridge keeps per port. In requests, absent options stay as they are. */
export interface BridgePortOptions {
  /** Spanning tree: 0 disabled, 1 listening, 2 learning, 3 forwarding, 4 blocking. */
  readonly state?: number;
  readonly priority?: number;
  readonly cost?: number;
  readonly hairpin?: boolean;
  readonly guard?: boolean;
  readonly rootBlock?: boolean;
  readonly fastLeave?: boolean;
  readonly learning?: boolean;
  /** Unknown unicast. */
  readonly flood?: boolean;
  readonly multicastFlood?: boolean;
  readonly broadcastFlood?: boolean;
  readonly multicastToUnicast?: boolean;
  readonly multicastRouter?: number;
  readonly proxyArp?: boolean;
  readonly vlanTunnel?: boolean;
  readonly groupForwardMask?: number;
  /** Answers ARP and ND from the bridge's neighbour table. */
  readonly neighSuppress?: boolean;
  readonly isolated?: boolean;
  /** Drops what comes from MACs that nobody authorised. */
  readonly locked?: boolean;
  /** ifindex of the port that takes over when this one has no carrier. */
  readonly backupPort?: number;
}

/** A port of a bridge as AF_BRIDGE messages tell it. */
export interface BridgePort {
  readonly ifindex: number;
  /** ifindex of the bridge. */
  readonly master: number;
  readonly options: BridgePortOptions;
}

export interface BridgePortRequest {
  readonly object: "bridge-port";
  readonly verb: "set";
  readonly ifindex: number;
  readonly options: BridgePortOptions;
}

/** Requests about ports of bridges. */
export const bridgePort = {
  /** `bridge link set dev DEV neigh_suppress on learning off …`; EOPNOTSUPP when the device is no port, ENODEV when there is none. */
  set: (ifindex: number, options: BridgePortOptions): BridgePortRequest => ({ object: "bridge-port", verb: "set", ifindex, options }),
};

/** IFLA_BRPORT_* of linux/if_link.h. */
const rows: readonly OptionRow<BridgePortOptions>[] = [
  { field: "state", attribute: 1, codec: u8 },
  { field: "priority", attribute: 2, codec: u16 },
  { field: "cost", attribute: 3, codec: u32 },
  { field: "hairpin", attribute: 4, codec: bool8 },
  { field: "guard", attribute: 5, codec: bool8 },
  { field: "rootBlock", attribute: 6, codec: bool8 },
  { field: "fastLeave", attribute: 7, codec: bool8 },
  { field: "learning", attribute: 8, codec: bool8 },
  { field: "flood", attribute: 9, codec: bool8 },
  { field: "proxyArp", attribute: 10, codec: bool8 },
  { field: "multicastRouter", attribute: 25, codec: u8 },
  { field: "multicastFlood", attribute: 27, codec: bool8 },
  { field: "multicastToUnicast", attribute: 28, codec: bool8 },
  { field: "vlanTunnel", attribute: 29, codec: bool8 },
  { field: "broadcastFlood", attribute: 30, codec: bool8 },
  { field: "groupForwardMask", attribute: 31, codec: u16 },
  { field: "neighSuppress", attribute: 32, codec: bool8 },
  { field: "isolated", attribute: 33, codec: bool8 },
  { field: "backupPort", attribute: 34, codec: u32 },
  { field: "locked", attribute: 39, codec: bool8 },
];
const byAttribute = rowsByAttribute(rows);

const RTM_SETLINK = 19;
const IFLA_MASTER = 10;
const IFLA_PROTINFO = 12;
const headerLength = 16;

export function encodeBridgePortRequest(w: MessageWriter, r: BridgePortRequest, sequence: number): void {
  w.beginMessage(RTM_SETLINK, NLM_F_REQUEST, sequence);
  w.u32(AF_BRIDGE).u32(r.ifindex).zeros(8);
  const at = w.beginNested(IFLA_PROTINFO | NLA_F_NESTED);
  writeOptions(w, rows, r.options);
  w.endNested(at);
  w.endMessage();
}

/** IFLA_PROTINFO of AF_BRIDGE, or IFLA_INFO_SLAVE_DATA of an ordinary link. Timers and ids of the spanning tree are left out. */
export function decodeBridgePortOptions(a: AttributeCursor): BridgePortOptions {
  const options: BridgePortOptions = {};
  const unknown: RawAttribute[] = [];
  while (a.next()) readOption(a, byAttribute, options, unknown);
  return options;
}

/** RTM_NEWLINK or RTM_DELLINK of AF_BRIDGE. @returns undefined when it is the bridge itself. @throws NetlinkDecodeError */
export function decodeBridgePort(m: Message): BridgePort | undefined {
  if (m.end - m.start < headerLength) throw new NetlinkDecodeError("ifinfomsg cut short", m.start);
  let master: number | undefined;
  let options: BridgePortOptions = {};
  const a = new AttributeCursor(m.bytes, m.start + headerLength, m.end);
  while (a.next()) {
    if (a.type === IFLA_MASTER) master = u32.read(a);
    else if (a.type === IFLA_PROTINFO) options = decodeBridgePortOptions(a.nested());
  }
  return master === undefined ? undefined : { ifindex: u32At(m.bytes, m.start + 4), master, options };
}

export function formatBridgePortRequest(r: BridgePortRequest): string {
  const words = Object.entries(r.options).map(([name, value]) => `${name} ${typeof value === "boolean" ? (value ? "on" : "off") : value}`);
  return `bridge link set dev ${r.ifindex} ${words.join(" ")}`;
}
