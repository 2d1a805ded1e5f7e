// SPDX-License-Identifier: Apache-2.0
import { macOf } from "../../base/net/mac.ts";
import { headerLength } from "../wire/message.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import { encodeFdbRequest, type FdbEntry, type FdbRequest } from "./fdb.ts";
import { neighbourHeaderLength } from "./neighbour-message.ts";

const sequenceAt = 8;
/** Of the MAC: its attribute is the first, behind two octets of length and two of type. */
const macAt = headerLength + neighbourHeaderLength + 4;
const writer = new MessageWriter(128);

/**
 * Requests that differ in nothing but the MAC. Their octets are made once, and the MAC is written into a copy: of 50,000 entries behind a VTEP
 * each was put together anew, from strings (bench/figures/fib.ts).
 */
export class FdbSeries {
  readonly #like: FdbRequest;
  readonly #octets: Uint8Array<ArrayBuffer>;
  readonly #view: DataView<ArrayBuffer>;

  /** @param like with any MAC. @throws NetlinkEncodeError */
  constructor(like: FdbRequest) {
    this.#like = like;
    writer.reset();
    encodeFdbRequest(writer, like, 0);
    this.#octets = writer.view().slice();
    this.#view = new DataView(this.#octets.buffer);
  }

  /** @param high first two octets of the MAC @param low the other four */
  of(high: number, low: number): FdbRequest {
    return new OneOfSeries(this, this.#like, high, low);
  }

  /** Good until the next call. */
  octetsFor(high: number, low: number, sequence: number): Uint8Array {
    this.#view.setUint32(sequenceAt, sequence, true);
    this.#view.setUint16(macAt, high);
    this.#view.setUint32(macAt + 2, low);
    return this.#octets;
  }
}

class OneOfSeries implements FdbRequest {
  readonly object = "fdb";
  readonly #series: FdbSeries;
  readonly #like: FdbRequest;
  readonly #high: number;
  readonly #low: number;

  constructor(series: FdbSeries, like: FdbRequest, high: number, low: number) {
    this.#series = series;
    this.#like = like;
    this.#high = high;
    this.#low = low;
  }

  get verb(): FdbRequest["verb"] {
    return this.#like.verb;
  }

  get entry(): FdbEntry {
    return { ...this.#like.entry, mac: macOf(this.#high, this.#low) };
  }

  write(w: MessageWriter, sequence: number): void {
    w.put(this.#series.octetsFor(this.#high, this.#low, sequence));
  }
}
