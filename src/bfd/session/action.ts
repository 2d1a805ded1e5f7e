// SPDX-License-Identifier: Apache-2.0
import type { Discard } from "../packet/discard.ts";
import type { ControlPacket } from "../packet/control-packet.ts";

/**
 * Why a session left Up. RFC 5882 has every one of them told to the client alike; here the client learns which of them say something
 * about the path.
 */
export type DownCause =
  /** The detection time passed in silence. */
  | "silent"
  /** The detection time passed, but the remote host said that its port is closed: a process ended, the host and the path are well. */
  | "refused"
  /** The remote system says Down while it still is the one we knew: it does not hear us. */
  | "neighbor-signaled"
  /** The remote system says Down with a new discriminator: it began anew and lost its memory. */
  | "neighbor-restarted"
  /** RFC 5882 §3.2: an operator's decision at the other end, not a failure. */
  | "neighbor-admin-down"
  | "admin-down";

/** Whether the path is broken, as far as anybody can tell. */
export function isPathFailure(cause: DownCause): boolean {
  return cause === "silent" || cause === "neighbor-signaled";
}

export type SessionAction =
  | { readonly kind: "send"; readonly packet: ControlPacket }
  | { readonly kind: "up" }
  /** `unheard`: for how long, ms, nothing had been heard. */
  | { readonly kind: "down"; readonly cause: DownCause; readonly remoteDiagnostic: number; readonly unheard: number }
  /** The remote host, whose port was closed, answers no more at all. */
  | { readonly kind: "host-silent" }
  | { readonly kind: "discarded"; readonly rule: Discard };
