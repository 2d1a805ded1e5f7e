// SPDX-License-Identifier: Apache-2.0
import { type Endpoint, formatEndpoint } from "../../base/sys/socket-address.ts";

/** The speaker cannot listen where it was told to. */
export class ListenError extends Error {
  readonly code = "WEFT_BGP_LISTEN";
  readonly at: Endpoint;
  constructor(at: Endpoint, cause: unknown) {
    super(`cannot listen on ${formatEndpoint(at)}: ${reasonOf(cause)}`, { cause });
    this.name = "ListenError";
    this.at = at;
  }
}

/** An operator named a peer that there is not. */
export class UnknownPeerError extends Error {
  readonly code = "WEFT_BGP_UNKNOWN_PEER";
  constructor(peer: string) {
    super(`no such peer: ${peer}`);
    this.name = "UnknownPeerError";
  }
}

/** The session that a request needs is not established, or lacks what it needs. */
export class SessionUnfitError extends Error {
  readonly code = "WEFT_BGP_SESSION";
  constructor(peer: string, why: string) {
    super(`peer ${peer}: ${why}`);
    this.name = "SessionUnfitError";
  }
}

/** A new configuration differs in what only a new process can change. */
export class NeedsRestartError extends Error {
  readonly code = "WEFT_BGP_NEEDS_RESTART";
  readonly keys: readonly string[];
  constructor(keys: readonly string[]) {
    super(`cannot change while running: ${keys.join(", ")}`);
    this.name = "NeedsRestartError";
    this.keys = keys;
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
