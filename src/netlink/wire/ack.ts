// SPDX-License-Identifier: Apache-2.0
import { NetlinkDecodeError } from "../errors.ts";
import { AttributeCursor } from "./attribute.ts";
import { text, u32 } from "./attribute-codec.ts";
import { type Message, NLM_F_ACK_TLVS, NLM_F_CAPPED, headerLength } from "./message.ts";
import { i32At, u32At } from "./scalar.ts";

const NLMSGERR_ATTR_MSG = 1;
const NLMSGERR_ATTR_OFFS = 2;

/** The answer to one request (NLMSG_ERROR), or the end of a dump (NLMSG_DONE). `errno` 0: done. */
export interface Ack {
  readonly errno: number;
  /** The kernel's own words; also present with success, as a warning. */
  readonly message: string | undefined;
  /** Offset in the request of what it did not like. */
  readonly offset: number | undefined;
}

/**
 * ```
 * NLMSG_ERROR: | -errno i32 | header of the request (16) | the request's payload unless capped | attributes when ACK_TLVS |
 * ```
 * @throws NetlinkDecodeError
 */
export function decodeAck(m: Message): Ack {
  if (m.end - m.start < 4 + headerLength) throw new NetlinkDecodeError("ack cut short", m.start);
  const errno = 0 - i32At(m.bytes, m.start);
  if ((m.flags & NLM_F_ACK_TLVS) === 0) return { errno, message: undefined, offset: undefined };
  const requestLength = (m.flags & NLM_F_CAPPED) === 0 ? u32At(m.bytes, m.start + 4) : headerLength;
  const at = m.start + 4 + ((requestLength + 3) & ~3);
  return { errno, ...extendedAck(m, at) };
}

/** NLMSG_DONE carries the dump's error, and its extended ack, if it failed on the way. @throws NetlinkDecodeError */
export function decodeDone(m: Message): Ack {
  if (m.end - m.start < 4) return { errno: 0, message: undefined, offset: undefined };
  const errno = 0 - i32At(m.bytes, m.start);
  if ((m.flags & NLM_F_ACK_TLVS) === 0) return { errno, message: undefined, offset: undefined };
  return { errno, ...extendedAck(m, m.start + 4) };
}

function extendedAck(m: Message, at: number): { message: string | undefined; offset: number | undefined } {
  let message: string | undefined;
  let offset: number | undefined;
  const a = new AttributeCursor(m.bytes, at, m.end);
  while (a.next()) {
    if (a.type === NLMSGERR_ATTR_MSG) message = text.read(a);
    else if (a.type === NLMSGERR_ATTR_OFFS) offset = u32.read(a);
  }
  return { message, offset };
}
