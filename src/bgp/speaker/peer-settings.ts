// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from "node:util";
import type { Ip } from "../../base/net/ip.ts";
import { type DynamicPeerConfig, type PeerConfig, type SessionSettings, bgpPort } from "./config.ts";

/** How to deal with one peer, whether it was named or came in through a range. */
export interface PeerSettings extends SessionSettings {
  readonly address: Ip;
  readonly port: number;
  readonly passive: boolean;
  readonly localAddress: Ip | undefined;
  readonly dynamic: boolean;
}

export function namedPeer(config: PeerConfig): PeerSettings {
  const { shutdown: _, port, passive, localAddress, ...rest } = config;
  return { ...rest, port: port ?? bgpPort, passive: passive ?? false, localAddress, dynamic: false };
}

export function dynamicPeer(address: Ip, config: DynamicPeerConfig): PeerSettings {
  const { range: _, limit: __, ...rest } = config;
  return { ...rest, address, port: bgpPort, passive: true, localAddress: undefined, dynamic: true };
}

/** Whether a session made with one of these still is what the other asks for. */
export function sameSession(a: PeerSettings, b: PeerSettings): boolean {
  return isDeepStrictEqual(sessionPart(a), sessionPart(b));
}

/** What takes effect without a new session is left out. */
function sessionPart(s: PeerSettings): Partial<PeerSettings> {
  const { description: _, maximumPrefix: __, connectRetry: ___, bfd: ____, policy: _____, ...rest } = s;
  return rest;
}
