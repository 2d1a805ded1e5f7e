// SPDX-License-Identifier: Apache-2.0
import type { MonitoredSession } from "../../bgp/speaker/session-monitor.ts";
import { RouteMonitoring } from "../wire/route-monitoring.ts";
import type { PeerHeader } from "../wire/peer-header.ts";
import { UpdatePacker } from "../wire/update-packer.ts";
import { sessionHeader } from "./peer-messages.ts";

const family = "l2vpn-evpn";

/** One table of one peer as the station sees it: packs routes, and puts the header before them. */
export class TableFeed {
  readonly #monitoring: RouteMonitoring;
  readonly #send: (bytes: Uint8Array) => void;
  readonly packer: UpdatePacker;

  constructor(header: PeerHeader, send: (bytes: Uint8Array) => void) {
    this.#monitoring = new RouteMonitoring(header);
    this.#send = send;
    this.packer = new UpdatePacker(family, (update) => this.message(update));
  }

  /** One whole UPDATE. */
  message(update: Uint8Array, wall?: number): void {
    this.#send(this.#monitoring.message(update, wall));
  }
}

/** The tables of one session that a station is told of. */
export class SessionFeeds {
  readonly session: MonitoredSession;
  /** As the peer sends it. */
  readonly received: TableFeed;
  /** As it lies in our tables: AS numbers have four octets there. */
  readonly prePolicy: TableFeed;
  readonly postPolicy: TableFeed;
  readonly sent: TableFeed;

  constructor(session: MonitoredSession, send: (bytes: Uint8Array) => void) {
    const twoOctetAs = !session.peer.fourOctetAs;
    this.session = session;
    this.received = new TableFeed(sessionHeader(session, { twoOctetAs }), send);
    this.prePolicy = new TableFeed(sessionHeader(session), send);
    this.postPolicy = new TableFeed(sessionHeader(session, { postPolicy: true }), send);
    this.sent = new TableFeed(sessionHeader(session, { postPolicy: true, adjRibOut: true, twoOctetAs }), send);
  }
}
