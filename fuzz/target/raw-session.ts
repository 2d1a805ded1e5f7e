// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import net from "node:net";
import { MessageFramer } from "../../src/bgp/speaker/message-framer.ts";
import { headerLength, messageType } from "../../src/bgp/wire/frame.ts";
import { decodeMessage } from "../../src/bgp/wire/message.ts";

/** The far end of a connection to a speaker: sends any octets, and holds what comes back to the rules. */
export class RawSession {
  ended = false;
  /** `3/9`: of the NOTIFICATION that came. */
  refusal: string | undefined;
  readonly #socket: net.Socket;
  readonly #types: number[] = [];
  #wrong: string | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    const framer = new MessageFramer({
      message: (type, bytes, start, end) => this.#take(type, bytes.slice(start - headerLength, end)),
      fault: (_, why) => (this.#wrong = why),
    });
    socket.on("data", (chunk) => framer.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => (this.ended = true));
  }

  static async connect(local: string, address: string, port: number): Promise<RawSession> {
    const socket = net.connect({ host: address, port, localAddress: local });
    const session = new RawSession(socket);
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return session;
  }

  send(...octets: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(octets));
  }

  has(type: number): boolean {
    assert.equal(this.ended, false, "the connection ended");
    return this.#types.includes(type);
  }

  /** What was heard, in words. @throws when it broke a rule */
  outcome(): string {
    assert.equal(this.#wrong, undefined);
    return this.refusal ?? (this.ended ? "closed" : "open");
  }

  /** Waits for an end, or until what was sent had time to be answered: a few turns of the loop. */
  async answered(): Promise<void> {
    for (let turns = 0; turns < 20 && !this.ended; turns++) await new Promise((resolve) => setImmediate(resolve));
  }

  async end(): Promise<void> {
    const closed = new Promise<void>((resolve) => (this.ended ? resolve() : this.#socket.once("close", () => resolve())));
    this.#socket.destroy();
    await closed;
    assert.equal(this.#wrong, undefined);
  }

  #take(type: number, whole: Uint8Array): boolean {
    const decoded = decodeMessage(whole, { fourOctetAs: true, peer: "ibgp" });
    if (!decoded.ok) this.#wrong = decoded.message;
    else if (decoded.faults.length > 0) this.#wrong = decoded.faults[0]!.message;
    else if (this.refusal !== undefined) this.#wrong = "a message behind a NOTIFICATION";
    else if (decoded.message.kind === "notification") this.refusal = `${decoded.message.code}/${decoded.message.subcode}`;
    this.#types.push(type);
    return this.#wrong === undefined && type >= messageType.open;
  }
}
