// SPDX-License-Identifier: Apache-2.0

/** What went over connections. */
export interface Traffic {
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly octetsIn: number;
  readonly octetsOut: number;
}

/** Adds up; it only ever rises. */
export class TrafficSum implements Traffic {
  messagesIn = 0;
  messagesOut = 0;
  octetsIn = 0;
  octetsOut = 0;

  add(t: Traffic): this {
    this.messagesIn += t.messagesIn;
    this.messagesOut += t.messagesOut;
    this.octetsIn += t.octetsIn;
    this.octetsOut += t.octetsOut;
    return this;
  }
}
