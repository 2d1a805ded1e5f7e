// SPDX-License-Identifier: Apache-2.0
import { ceaseSubcode } from "../wire/cease.ts";
import { type Notification, notification } from "../wire/notification.ts";
import type { MaximumPrefix } from "./config.ts";
import { maximumPrefixExceeded, maximumPrefixes, prefixWarning } from "./events.ts";
import type { PeerContext } from "./peer-context.ts";

/** Watches how many routes a session brought; says each thing once, until there are fewer again. */
export class RouteLimit {
  readonly #peer: string;
  readonly #context: Pick<PeerContext, "journal" | "metrics">;
  #said: "nothing" | "warning" | "exceeded" = "nothing";

  constructor(peer: string, context: Pick<PeerContext, "journal" | "metrics">) {
    this.#peer = peer;
    this.#context = context;
  }

  /**
   * @param routes that the peer has in the table @param refused that were not taken because there are too many
   * @returns what ends the session: Cease/Maximum Number of Prefixes Reached — RFC 4486 §4
   */
  check(maximum: MaximumPrefix, routes: number, refused: number): Notification | undefined {
    const { limit, action = "reset" } = maximum;
    if (routes > limit || refused > 0) {
      this.#exceeded(limit, action, routes + refused);
      return action === "reset" ? tooManyPrefixes(limit) : undefined;
    }
    const high = routes * 100 >= limit * (maximum.warning ?? 75);
    if (!high) this.#said = "nothing";
    else if (this.#said === "nothing") {
      this.#said = "warning";
      this.#context.journal.emit(prefixWarning, { peer: this.#peer, routes, limit });
    }
    return undefined;
  }

  #exceeded(limit: number, action: string, routes: number): void {
    if (this.#said === "exceeded") return;
    this.#said = "exceeded";
    this.#context.journal.emit(maximumPrefixExceeded, { peer: this.#peer, routes, limit, action });
    this.#context.metrics.add(maximumPrefixes, { peer: this.#peer, action });
  }
}

/** Its data: AFI 2, SAFI 1, limit 4. */
function tooManyPrefixes(limit: number): Notification {
  const data = new Uint8Array(7);
  const view = new DataView(data.buffer);
  view.setUint16(0, 25);
  view.setUint8(2, 70);
  view.setUint32(3, limit);
  return notification(6, ceaseSubcode.maximumPrefixes, data);
}
