// SPDX-License-Identifier: Apache-2.0
import type net from "node:net";
import { octetsAcknowledged } from "../../base/sys/tcp-socket.ts";
import { descriptorOf } from "./listener.ts";

/**
 * A listening socket serves near peers and far ones, so a connection's own least TTL can only be set once it is there (RFC 5082
 * §3). What it brought until then may have come from anywhere, an OPEN included. But whoever acknowledges what we send from now on
 * got through with the TTL of a near one: until then nothing is to be read.
 *
 * @param socket accepted, with its least TTL set, nothing sent on it yet
 */
export function gtsmProof(socket: net.Socket): () => boolean {
  const acknowledged = (): bigint => {
    const fd = descriptorOf(socket);
    return fd < 0 ? 0n : octetsAcknowledged(fd);
  };
  const before = acknowledged();
  return () => acknowledged() > before;
}
