// SPDX-License-Identifier: Apache-2.0
import { messageType } from "../../src/bgp/wire/frame.ts";
import { macRoute } from "../../src/bgp/speaker/testing/speakers.ts";
import { rawMessage } from "../harness/raw-peer.ts";

/** Routes of {@link macRoute} that fit in one UPDATE of 4096 octets beside its attributes. */
const perMessage = 110;

const others = Uint8Array.from([0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100, 0xc0, 16, 8, 0, 2, 0xfd, 0xe8, 0, 0, 0, 100]);

/** UPDATEs that announce `macRoute(from)` to below `macRoute(to)`; `med` makes one round differ from the next. */
export function announceMany(from: number, to: number, med: number): Uint8Array {
  const messages: Uint8Array[] = [];
  for (let n = from; n < to; n += perMessage) messages.push(announceFew(n, Math.min(to, n + perMessage), med));
  return Buffer.concat(messages);
}

function announceFew(from: number, to: number, med: number): Uint8Array {
  const nlri = Buffer.concat(Array.from({ length: to - from }, (_, i) => macRoute(from + i).nlri));
  const length = 9 + nlri.length;
  const reach = [0x90, 14, length >> 8, length & 255, 0, 25, 70, 4, 10, 0, 0, 9, 0];
  const metric = [0x80, 4, 4, 0, 0, med >> 8, med & 255];
  const block = [...reach, ...nlri, ...others.subarray(0, 7), ...metric, ...others.subarray(7)];
  return rawMessage(messageType.update, [0, 0, block.length >> 8, block.length & 255, ...block]);
}
