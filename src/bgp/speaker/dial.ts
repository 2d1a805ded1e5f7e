// SPDX-License-Identifier: Apache-2.0
import net from "node:net";
import type { Ip } from "../../base/net/ip.ts";
import { type HopLimits, connectingTcp } from "../../base/sys/tcp-socket.ts";
import { errorWords } from "./connection.ts";
import { reasonOf } from "./errors.ts";

export interface DialOptions extends HopLimits {
  readonly namespace: string | undefined;
  readonly source: Ip | undefined;
  readonly password: string | undefined;
}

/** Takes an attempt back: none of its callbacks is called afterwards. */
export type Abort = () => void;

/** Connects to a peer; calls exactly one of `connected` and `failed`, never before it returned. */
export function dial(
  address: Ip,
  port: number,
  options: DialOptions,
  connected: (socket: net.Socket) => void,
  failed: (reason: string) => void,
): Abort {
  let socket: net.Socket;
  try {
    const { namespace, source, password, ...limits } = options;
    const peer = { ip: address, length: address.includes(":") ? 128 : 32 };
    const fd = connectingTcp(address, source, {
      ...limits,
      ...(namespace === undefined ? {} : { namespace }),
      ...(password === undefined ? {} : { keys: [{ peer, key: password }] }),
    });
    // In this very turn: the loop must not look at the descriptor before it connects, or it takes it for dead.
    socket = new net.Socket({ fd });
    socket.connect({ host: address, port });
  } catch (error) {
    const pending = setImmediate(() => failed(reasonOf(error)));
    return () => clearImmediate(pending);
  }
  const onError = (error: Error): void => {
    socket.destroy();
    failed(errorWords(error));
  };
  socket.once("error", onError);
  socket.once("connect", () => {
    socket.off("error", onError);
    connected(socket);
  });
  return () => {
    socket.removeAllListeners();
    socket.on("error", () => {});
    socket.destroy();
  };
}
