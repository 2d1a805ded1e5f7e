// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { ip, u32 } from "../wire/attribute-codec.ts";
import { NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { familyOf } from "./family.ts";
import { RTM_GETROUTE } from "./route.ts";

const RTA_DST = 1;
const RTA_SRC = 2;
const RTA_IIF = 3;

/** One question to the routing decision of the kernel. */
export interface RouteLookup {
  readonly to: Ip;
  /** Sender of a packet that would come in by `ifindex`; without them it is one of this host. */
  readonly from?: Ip | undefined;
  readonly ifindex?: number | undefined;
}

/** RTM_GETROUTE for one address: `ip route get TO from FROM iif DEV`. */
export function encodeRouteLookup(w: MessageWriter, { to, from, ifindex }: RouteLookup, sequence: number): void {
  const bits = (address: Ip | undefined): number => (address === undefined ? 0 : isIp4(address) ? 32 : 128);
  w.beginMessage(RTM_GETROUTE, NLM_F_REQUEST, sequence);
  w.u8(familyOf(to)).u8(bits(to)).u8(bits(from)).zeros(9);
  ip.write(w, RTA_DST, to);
  if (from !== undefined) ip.write(w, RTA_SRC, from);
  if (ifindex !== undefined) u32.write(w, RTA_IIF, ifindex);
  w.endMessage();
}
