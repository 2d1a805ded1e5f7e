// SPDX-License-Identifier: Apache-2.0
import net from "node:net";
import { isIp4 } from "../../base/net/ip.ts";
import { type Prefix, formatPrefix } from "../../base/net/prefix.ts";
import { type Endpoint, formatEndpoint } from "../../base/sys/socket-address.ts";
import { type Md5Key, listenTcp, setMd5Key } from "../../base/sys/tcp-socket.ts";
import { ListenError, reasonOf } from "./errors.ts";

/** TTL of the answer to a SYN: a peer that uses GTSM takes nothing less (RFC 5082 §3). */
const handshakeTtl = 255;

/** One listening socket and the MD5 keys on it. */
export class Listener {
  readonly at: Endpoint;
  readonly #namespace: string | undefined;
  readonly #accepted: (socket: net.Socket) => void;
  #server: net.Server | undefined;
  #fd = -1;
  /** By prefix. */
  #keys = new Map<string, Md5Key>();

  constructor(at: Endpoint, namespace: string | undefined, accepted: (socket: net.Socket) => void) {
    this.at = at;
    this.#namespace = namespace;
    this.#accepted = accepted;
  }

  /** @throws ListenError */
  async start(keys: readonly Md5Key[]): Promise<void> {
    const mine = keys.filter((k) => this.#concerns(k.peer));
    try {
      this.#fd = listenTcp(this.at, {
        ttl: handshakeTtl,
        keys: mine,
        ...(this.#namespace === undefined ? {} : { namespace: this.#namespace }),
      });
      this.#keys = new Map(mine.map((k) => [formatPrefix(k.peer), k]));
      const server = net.createServer({ noDelay: true, pauseOnConnect: true }, this.#accepted);
      this.#server = server;
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ fd: this.#fd }, resolve);
      });
      // Running out of descriptors ends one connection, not the listener; there is nobody to tell.
      server.on("error", () => {});
    } catch (error) {
      throw new ListenError(this.at, error);
    }
  }

  /** The port in use: that of `at`, or the one the kernel chose for port 0. */
  get port(): number {
    const address = this.#server?.address();
    return typeof address === "object" && address ? address.port : this.at.port;
  }

  /** Makes the keys on the live socket these; sessions that are up keep theirs. @returns what went wrong, for people */
  setKeys(keys: readonly Md5Key[]): string[] {
    const wanted = new Map(keys.filter((k) => this.#concerns(k.peer)).map((k) => [formatPrefix(k.peer), k]));
    const problems: string[] = [];
    const apply = (peer: Prefix, key: string | undefined): void => {
      try {
        setMd5Key(this.#fd, peer, key);
      } catch (error) {
        problems.push(`${formatEndpoint(this.at)}: ${reasonOf(error)}`);
      }
    };
    for (const [prefix, key] of this.#keys) if (!wanted.has(prefix)) apply(key.peer, undefined);
    for (const [prefix, key] of wanted) if (this.#keys.get(prefix)?.key !== key.key) apply(key.peer, key.key);
    this.#keys = wanted;
    return problems;
  }

  /** The port is free when this returns; sessions that came in through it live on. */
  async stop(): Promise<void> {
    this.#server?.close();
    this.#server = undefined;
    // Node waits for the connections before it reports a server closed, but closes the descriptor in the next turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #concerns(peer: Prefix): boolean {
    return isIp4(peer.ip) === isIp4(this.at.address);
  }
}

/** Descriptor of a socket that Node accepted: the only way to options that Node cannot set. */
export function descriptorOf(socket: net.Socket): number {
  return (socket as unknown as { readonly _handle: { readonly fd: number } | null })._handle?.fd ?? -1;
}

/** What Node gives as a peer's address: `fe80::1%eth0` loses its zone. */
export function addressText(address: string | undefined): string {
  return (address ?? "").split("%")[0]!;
}
