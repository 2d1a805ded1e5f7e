// SPDX-License-Identifier: Apache-2.0
import { notification } from "../wire/notification.ts";
import { removeConnection, resumeAfter } from "./connection.ts";
import type { Draft } from "./draft.ts";
import type { Negotiated } from "./negotiate.ts";
import type { Connection } from "./state.ts";

/** Cease/Connection Collision Resolution — RFC 4486 §4. */
const collisionResolution = notification(6, 7);

/**
 * Which of two connections stays — RFC 4271 §6.8: the one opened by the speaker with the higher BGP identifier; RFC 6286 §2.3:
 * if those are equal, by the one with the higher AS number.
 */
export function survivingSide(
  local: { readonly routerId: number; readonly asn: number },
  remote: { readonly routerId: number; readonly asn: number },
): Connection["side"] {
  if (local.routerId !== remote.routerId) return local.routerId > remote.routerId ? "out" : "in";
  return local.asn > remote.asn ? "out" : "in";
}

/**
 * Decides, when `c` got an acceptable OPEN, which connections go.
 *
 * Also those in OpenSent are compared: their peer is the same, so its identifier is known (§6.8 allows it), and both ends
 * then come to the same decision no matter in which order the OPENs cross.
 *
 * @returns whether `c` stays
 */
export function resolveCollision(d: Draft, c: Connection, negotiated: Negotiated): boolean {
  const up = d.connections.find((o) => o.phase === "established");
  if (up) {
    // RFC 4724 §5: a peer that says it restarted has lost the old connection, whatever our TCP believes.
    if (!negotiated.gracefulRestart?.restarting) {
      closeLoser(d, c);
      return false;
    }
    d.actions.push({ kind: "close", connection: up.id });
    removeConnection(d, up, { kind: "peer-restarted" });
    return true;
  }
  const other = d.connections.find((o) => o.id !== c.id);
  if (!other) return true;
  const side = survivingSide(
    { routerId: d.config.routerId, asn: d.config.localAsn },
    { routerId: negotiated.peerRouterId, asn: negotiated.peerAsn },
  );
  closeLoser(d, c.side === side ? other : c);
  return c.side === side;
}

export function closeLoser(d: Draft, c: Connection): void {
  d.actions.push({ kind: "send-notification", connection: c.id, notification: collisionResolution }, { kind: "close", connection: c.id });
  removeConnection(d, c, { kind: "collision" });
  resumeAfter(d, "collision");
}
