// SPDX-License-Identifier: Apache-2.0
import { bmpHeaderLength, encodeBmp } from "./message.ts";
import { type PeerHeader, peerHeaderLength } from "./peer-header.ts";

const lengthAt = 1;
const secondsAt = bmpHeaderLength + peerHeaderLength - 8;

/** Route Monitoring messages of one peer and one of its tables: their headers are made once, and of the rest nothing is read. */
export class RouteMonitoring {
  readonly #head: Uint8Array;

  constructor(peer: PeerHeader) {
    this.#head = encodeBmp({ kind: "route-monitoring", peer, update: new Uint8Array(0) });
  }

  /** @param wall ms since the epoch when the UPDATE came; absent: not known */
  message(update: Uint8Array, wall?: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.#head.length + update.length);
    out.set(this.#head);
    out.set(update, this.#head.length);
    const view = new DataView(out.buffer);
    view.setUint32(lengthAt, out.length);
    if (wall !== undefined) {
      view.setUint32(secondsAt, Math.trunc(wall / 1000));
      view.setUint32(secondsAt + 4, Math.trunc((wall % 1000) * 1000));
    }
    return out;
  }
}
