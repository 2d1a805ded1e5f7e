// SPDX-License-Identifier: Apache-2.0
import { NetlinkDecodeError } from "../errors.ts";
import { u16At, u32At } from "./scalar.ts";

// linux/netlink.h
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_MULTI = 0x2;
export const NLM_F_ACK = 0x4;
/** The kernel's table changed while it was being dumped: the result may miss or repeat entries. */
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
export const NLM_F_DUMP = 0x300;
/** In an ack: the request was cut off (NETLINK_CAP_ACK), attributes follow its header. */
export const NLM_F_CAPPED = 0x100;
/** In an ack: attributes with the extended ack follow. */
export const NLM_F_ACK_TLVS = 0x200;

export const headerLength = 16;

/**
 * One message of a datagram; `start`…`end` is its payload within `bytes`.
 *
 * ```
 *  0               2               4               6               8
 * +-------------------------------+---------------+---------------+
 * |       length with header      |     type      |     flags     |
 * +-------------------------------+---------------+---------------+
 * |           sequence            |            port id            |    host byte order
 * +-------------------------------+-------------------------------+
 * ```
 */
export interface Message {
  readonly bytes: Uint8Array;
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly start: number;
  readonly end: number;
}

/** Cuts a datagram into messages. @throws NetlinkDecodeError when a length is impossible */
export function* messagesOf(bytes: Uint8Array, length = bytes.length): Generator<Message> {
  let at = 0;
  while (at < length) {
    if (at + headerLength > length) throw new NetlinkDecodeError("message header cut short", at);
    const size = u32At(bytes, at);
    if (size < headerLength || at + size > length) throw new NetlinkDecodeError(`message length ${size} impossible`, at);
    yield {
      bytes,
      type: u16At(bytes, at + 4),
      flags: u16At(bytes, at + 6),
      sequence: u32At(bytes, at + 8),
      start: at + headerLength,
      end: at + size,
    };
    at += (size + 3) & ~3;
  }
}
