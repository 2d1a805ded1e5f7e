// SPDX-License-Identifier: Apache-2.0
import type net from "node:net";
import { isIp4 } from "../../base/net/ip.ts";
import type { Journal } from "../../base/run/journal.ts";
import { type Endpoint, formatEndpoint } from "../../base/sys/socket-address.ts";
import type { Md5Key } from "../../base/sys/tcp-socket.ts";
import type { SpeakerConfig } from "./config.ts";
import { listening, passwordProblem } from "./events.ts";
import { Listener } from "./listener.ts";

/** Every key that a listener needs to know before a peer connects. */
export function md5KeysOf(config: SpeakerConfig): readonly Md5Key[] {
  const keys: Md5Key[] = [];
  for (const { range, password } of config.dynamicPeers) if (password !== undefined) keys.push({ peer: range, key: password });
  for (const { address, password } of config.peers)
    if (password !== undefined) keys.push({ peer: { ip: address, length: isIp4(address) ? 32 : 128 }, key: password });
  return keys;
}

/** The listening sockets of a speaker. */
export class ListenerSet {
  readonly #journal: Journal;
  readonly #accepted: (socket: net.Socket) => void;
  readonly #listeners = new Map<string, Listener>();

  constructor(journal: Journal, accepted: (socket: net.Socket) => void) {
    this.#journal = journal;
    this.#accepted = accepted;
  }

  get endpoints(): readonly Endpoint[] {
    return Array.from(this.#listeners.values(), (l) => ({ address: l.at.address, port: l.port }));
  }

  /** Listens where `config` says and nowhere else, with its keys. @throws ListenError after the other listeners were dealt with */
  async apply(config: SpeakerConfig): Promise<void> {
    const keys = md5KeysOf(config);
    const wanted = new Map(config.listen.map((at) => [formatEndpoint(at), at]));
    for (const [name, listener] of this.#listeners) {
      if (wanted.has(name)) this.#setKeys(listener, keys);
      else {
        this.#listeners.delete(name);
        await listener.stop();
      }
    }
    const failures: unknown[] = [];
    for (const [name, at] of wanted) {
      if (this.#listeners.has(name)) continue;
      const listener = new Listener(at, config.namespace, this.#accepted);
      try {
        await listener.start(keys);
        this.#listeners.set(name, listener);
        this.#journal.emit(listening, { at: formatEndpoint({ address: at.address, port: listener.port }) });
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async stop(): Promise<void> {
    const all = [...this.#listeners.values()];
    this.#listeners.clear();
    await Promise.all(all.map((l) => l.stop()));
  }

  #setKeys(listener: Listener, keys: readonly Md5Key[]): void {
    for (const problem of listener.setKeys(keys)) this.#journal.emit(passwordProblem, { problem });
  }
}
