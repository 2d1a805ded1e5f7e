// SPDX-License-Identifier: Apache-2.0
import type { ControlPacket } from "../packet/control-packet.ts";

/** What can happen to a session. */
export type SessionEvent =
  /** A packet that passed every rule of discard that needs no session, and was found to be for this one. */
  | { readonly kind: "packet"; readonly packet: ControlPacket }
  /** The remote host itself answered a packet of ours with ICMP port unreachable. */
  | { readonly kind: "refused" }
  /** Nobody could listen for this long, ms, until now. */
  | { readonly kind: "absent"; readonly ms: number }
  /** Time has passed: do what is due. */
  | { readonly kind: "time" }
  /** The wishes changed: those handed in with this event hold from now on. */
  | { readonly kind: "configure" }
  /** RFC 5880 §6.8.16. */
  | { readonly kind: "disable" }
  | { readonly kind: "enable" };
