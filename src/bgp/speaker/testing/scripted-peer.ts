// SPDX-License-Identifier: Apache-2.0
import net from "node:net";
import { headerLength } from "../../wire/frame.ts";
import { type Message, decodeMessage, encodeMessage } from "../../wire/message.ts";
import { MessageFramer } from "../message-framer.ts";
import { until } from "./speakers.ts";

const context = { fourOctetAs: true, peer: "unknown" } as const;

/** A peer that does exactly what a test says: no state machine, any octets. */
export class ScriptedPeer {
  readonly socket: net.Socket;
  readonly received: Message[] = [];
  closed = false;
  #taken = 0;

  constructor(socket: net.Socket) {
    this.socket = socket;
    const framer = new MessageFramer({
      message: (type, bytes, start, end) => {
        const decoded = decodeMessage(bytes.slice(start - headerLength, end), context);
        if (!decoded.ok) throw new Error(`type ${type} from the speaker: ${decoded.message}`);
        return this.received.push(decoded.message) > 0;
      },
      fault: (_, message) => {
        throw new Error(message);
      },
    });
    socket.on("data", (chunk) => framer.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => (this.closed = true));
  }

  static async connect(local: string, address: string, port: number): Promise<ScriptedPeer> {
    const socket = net.connect({ host: address, port, localAddress: local });
    const peer = new ScriptedPeer(socket);
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return peer;
  }

  send(...messages: Message[]): void {
    this.socket.write(Buffer.concat(messages.map((m) => encodeMessage(m, context))));
  }

  /** A message by its type and body, whatever they are. */
  sendRaw(type: number, body: readonly number[]): void {
    const length = headerLength + body.length;
    this.socket.write(Uint8Array.from([...Array<number>(16).fill(255), length >> 8, length & 255, type, ...body]));
  }

  /** The next message of a kind; those before it are passed over. */
  async next<K extends Message["kind"]>(kind: K): Promise<Extract<Message, { readonly kind: K }>> {
    return await until(`a ${kind}`, () => {
      while (this.#taken < this.received.length) {
        const message = this.received[this.#taken++]!;
        if (message.kind === kind) return message as Extract<Message, { readonly kind: K }>;
      }
      if (this.closed) throw new Error(`the connection ended before a ${kind} came`);
      return undefined;
    });
  }

  async ended(): Promise<void> {
    await until("the end of the connection", () => this.closed);
  }

  /** `6/2`: what the speaker ends the session with. */
  async refusal(): Promise<string> {
    const n = await this.next("notification");
    await this.ended();
    return `${n.code}/${n.subcode}`;
  }
}
