// SPDX-License-Identifier: Apache-2.0
import { errnoName, errnoOf } from "../../base/sys/errors.ts";
import { NetlinkError } from "../errors.ts";
import { decodeEvent } from "../route/event.ts";
import type { NetlinkObject, NetlinkObjects } from "../route/request.ts";
import { type Ack, decodeAck, decodeDone } from "../wire/ack.ts";
import { type Message, NLMSG_DONE, NLMSG_ERROR, NLM_F_DUMP_INTR, NLM_F_MULTI, messagesOf } from "../wire/message.ts";

/** What the kernel answers to one dump, datagram by datagram. */
export class DumpAnswer<K extends NetlinkObject> {
  readonly #object: K;
  readonly #sequence: number;
  readonly #isKnown: ((message: Message) => boolean) | undefined;
  #values: NetlinkObjects[K][] = [];
  /** The table changed under the dump: values may be missing or come twice. */
  interrupted = false;

  /** @param isKnown says of which values nothing need be told */
  constructor(object: K, sequence: number, isKnown?: (message: Message) => boolean) {
    this.#object = object;
    this.#sequence = sequence;
    this.#isKnown = isKnown;
  }

  /** Takes the datagram in the first `length` octets. @returns whether more is to come. @throws NetlinkError when the kernel refuses */
  take(bytes: Uint8Array, length: number): boolean {
    const object = this.#object;
    for (const m of messagesOf(bytes, length)) {
      if (m.sequence !== this.#sequence) continue;
      if ((m.flags & NLM_F_DUMP_INTR) !== 0) this.interrupted = true;
      const end = dumpEnd(m);
      if (end) {
        // A table that no route was ever put into does not exist for the kernel: it is empty.
        if (end.errno !== 0 && !(object === "route" && errnoName(end.errno) === "ENOENT")) throw netlinkError(`dump of ${object}`, end);
        return false;
      }
      if (this.#isKnown?.(m)) continue;
      const event = decodeEvent(m);
      if (event?.object === object) this.#values.push(event.value as NetlinkObjects[K]);
    }
    return true;
  }

  /** The values since the last call. */
  drain(): readonly NetlinkObjects[K][] {
    const values = this.#values;
    this.#values = [];
    return values;
  }
}

function dumpEnd(m: Message): Ack | undefined {
  if (m.type === NLMSG_DONE) return decodeDone(m);
  if (m.type === NLMSG_ERROR && (m.flags & NLM_F_MULTI) === 0) return decodeAck(m);
  return undefined;
}

/** A refusal in the kernel's words. */
export function netlinkError(operation: string, ack: Ack): NetlinkError {
  return new NetlinkError(operation, {
    errno: ack.errno,
    errnoName: errnoName(ack.errno),
    kernelMessage: ack.message,
    offset: ack.offset,
  });
}

export function interruptedError(object: NetlinkObject, attempts: number): NetlinkError {
  const errno = errnoOf("EAGAIN");
  return netlinkError(`dump of ${object}`, { errno, message: `the table changed during each of ${attempts} dumps`, offset: undefined });
}
