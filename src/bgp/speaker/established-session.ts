// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../base/bytes/hex.ts";
import type { RefusedRoutes } from "../rib/policy/rule-ref.ts";
import { parseIp } from "../../base/net/ip.ts";
import type { Timer } from "../../base/run/clock.ts";
import { type PeerSlot, type RibPeer, type UpdateVerdict, isHeld } from "../rib/types.ts";
import type { Retained } from "../session/graceful-restart.ts";
import type { Negotiated } from "../session/negotiate.ts";
import type { Family } from "../wire/family.ts";
import { headerLength, maxExtendedMessage, maxMessage } from "../wire/frame.ts";
import { encodeMessage } from "../wire/message.ts";
import { decodeEvpn, evpnLength, formatEvpn } from "../wire/nlri/evpn/table.ts";
import { type Notification, notification } from "../wire/notification.ts";
import { type RouteRefresh, refreshSubtype, routeRefresh } from "../wire/route-refresh.ts";
import type { Connection } from "./connection.ts";
import { SessionUnfitError } from "./errors.ts";
import { admissionViolated, policyWaits, refreshIgnored, updateMalformed, updatesMalformed } from "./events.ts";
import { addressText } from "./listener.ts";
import type { PeerContext } from "./peer-context.ts";
import type { PeerSettings } from "./peer-settings.ts";
import { RouteLimit } from "./route-limit.ts";
import { sessionPolicyOf } from "./session-policy.ts";
import type { MonitoredSession } from "./session-monitor.ts";

/** What taking in an UPDATE obliges the session to do. */
export type UpdateOutcome =
  | { readonly kind: "go-on"; readonly endOfRib: Family | undefined }
  /** The stream is malformed: the session ends as an accident. */
  | { readonly kind: "fault"; readonly notification: Notification; readonly why: string }
  /** Too many routes: the session ends until an operator starts it. */
  | { readonly kind: "over-limit"; readonly notification: Notification };

/** How the RIB sees a peer with this session. */
export function ribPeerOf(settings: PeerSettings, negotiated: Negotiated, localAsn: number): RibPeer {
  const policy = sessionPolicyOf(settings, negotiated.peerAsn, localAsn);
  return {
    name: settings.address,
    address: settings.address,
    role: negotiated.peerAsn !== localAsn ? "ebgp" : settings.client ? "client" : "non-client",
    asn: negotiated.peerAsn,
    routerId: negotiated.peerRouterId,
    families: negotiated.families,
    fourOctetAs: negotiated.fourOctetAs,
    maxMessage: negotiated.extendedMessage ? maxExtendedMessage : maxMessage,
    ...addPathOf(settings, negotiated),
    longLivedGracefulRestart: negotiated.knowsLongLived,
    ...(policy && { policy }),
  };
}

function addPathOf({ addPath }: PeerSettings, { addPath: agreed }: Negotiated): Pick<RibPeer, "addPath"> {
  if (!agreed.receive && !agreed.send) return {};
  return { addPath: { receive: agreed.receive, ...(agreed.send && addPath?.send !== undefined && { send: addPath.send }) } };
}

/**
 * How long a peer's routes wait for the End-of-RIB of its route target memberships, ms. RFC 4684 §6 wants a limit and proposes 60 s;
 * those who take part and send no End-of-RIB have told all theirs long before.
 */
const membershipsAwaited = 10_000;

/** An established session: routes between the wire and the RIB. */
export class EstablishedSession {
  readonly connection: Connection;
  readonly negotiated: Negotiated;
  readonly slot: PeerSlot;
  readonly monitored: MonitoredSession;
  malformed = 0;
  readonly #context: PeerContext;
  readonly #settings: () => PeerSettings;
  readonly #limit: RouteLimit;
  #membershipsDue: Timer | undefined;
  /** To see whether a new configuration changes it. */
  #policyText: string | undefined;
  /** Families whose first announcement is complete. */
  readonly #told = new Set<Family>();
  /** Families that the peer announces anew at the moment. */
  readonly #refreshing = new Set<Family>();

  constructor(connection: Connection, negotiated: Negotiated, settings: () => PeerSettings, context: PeerContext) {
    this.connection = connection;
    this.negotiated = negotiated;
    this.#settings = settings;
    this.#context = context;
    this.#limit = new RouteLimit(settings().address, context);
    const peer = ribPeerOf(settings(), negotiated, context.config().asn);
    this.#policyText = JSON.stringify(peer.policy);
    connection.framer.longest = peer.maxMessage;
    this.slot = context.output.join(connection, () => context.rib.addPeer(peer));
    const { local, remote } = connection.ports;
    this.monitored = {
      slot: this.slot,
      peer,
      localAddress: parseIp(addressText(connection.localAddress)) ?? peer.address,
      localPort: local,
      remotePort: remote,
      sentOpen: connection.sentOpen,
      receivedOpen: connection.receivedOpen,
    };
    context.changed();
    if (negotiated.families.includes("rt-constrain")) {
      this.#membershipsDue = context.clock.after(membershipsAwaited, () => {
        context.rib.completeMemberships(this.slot);
        context.changed();
      });
    }
  }

  /** @param keepOlder whether routes that were stale already stay with the others */
  end(retained: Retained | undefined, keepOlder: boolean): void {
    this.#membershipsDue?.cancel();
    this.#context.output.leave(this.slot);
    const { families = [], reflectedOnly = false } = retained ?? {};
    this.#context.rib.removePeer(this.slot, { keepStale: families.map((f) => f.family), reflectedOnly, keepOlder });
    this.#context.changed();
  }

  /** Takes in the body of an UPDATE. */
  update(bytes: Uint8Array, start: number, end: number): UpdateOutcome {
    this.#context.monitor?.received(this.monitored, bytes.subarray(start - headerLength, end));
    const verdict = this.#context.rib.update(this.slot, bytes, start, end);
    if (verdict.reaction !== "ok") {
      this.#report(verdict);
      if (verdict.reaction === "reset" || verdict.reaction === "disable-family") {
        // RFC 7606 §5.3 leaves the choice for a family that cannot be followed any more: docs/adr/0016.
        const n = verdict.notification ?? { code: 3, subcode: 0, data: new Uint8Array(0) };
        const why = verdict.faults[0] ?? "UPDATE that cannot be read";
        return { kind: "fault", notification: notification(n.code, n.subcode, n.data), why };
      }
    }
    if (verdict.endOfRib !== undefined) this.#told.add(verdict.endOfRib);
    const refused = verdict.refused ?? [];
    if (refused.length > 0) this.#tellRefused(refused);
    const tooMany = refused.find((r) => r.rule.kind === "limit")?.routes ?? 0;
    const over = verdict.announced > 0 || tooMany > 0 ? this.#overLimit(tooMany) : undefined;
    return over ? { kind: "over-limit", notification: over } : { kind: "go-on", endOfRib: verdict.endOfRib };
  }

  /**
   * The peer has other settings: what they say of its routes holds from now on, without a new session.
   * @returns what ends the session, when it has more routes than it may have now
   */
  settingsChanged(before: PeerSettings): Notification | undefined {
    const settings = this.#settings();
    const policy = sessionPolicyOf(settings, this.negotiated.peerAsn, this.#context.config().asn);
    const text = JSON.stringify(policy);
    if (text !== this.#policyText) {
      this.#policyText = text;
      const more = (settings.maximumPrefix?.limit ?? Number.POSITIVE_INFINITY) > (before.maximumPrefix?.limit ?? Number.POSITIVE_INFINITY);
      const left = this.#context.rib.peerStats(this.slot)?.refused.some((r) => r.rule.kind === "limit") === true;
      if (this.#context.rib.setPolicy(this.slot, policy) || (more && left)) this.#askAgain();
      this.#context.changed();
    }
    return this.#overLimit(0);
  }

  /** RFC 2918: a policy decides about routes as they come in. */
  #askAgain(): void {
    if (this.negotiated.routeRefresh) this.requestRefresh();
    else this.#context.journal.emit(policyWaits, { peer: this.#settings().address });
  }

  /**
   * The peer asks for our routes again, or marks where its own begin and end anew.
   * @returns the mark when it counts
   */
  refreshReceived(m: RouteRefresh): "begin" | "end" | undefined {
    // RFC 2918 §4: ignored; RFC 7313 §5 has it logged.
    if (!this.negotiated.families.includes(m.family)) return this.#ignore(`${m.family} is not part of the session`);
    if (m.subtype === refreshSubtype.request) {
      // RFC 7313 §4: no BoRR before the End-of-RIB; ours is held back while we restart.
      const marks = this.negotiated.enhancedRouteRefresh && !this.#context.output.holdsEndOfRib;
      this.#context.rib.routeRefresh(this.slot, m.family, marks);
      this.#context.changed();
      return undefined;
    }
    if (m.subtype > refreshSubtype.end) return this.#ignore(`subtype ${m.subtype} has no meaning`);
    return this.negotiated.enhancedRouteRefresh && isHeld(m.family) ? this.#mark(m) : undefined;
  }

  /** RFC 7313 §4: what the peer does not repeat between the marks is gone. */
  #mark({ subtype, family }: RouteRefresh): "begin" | "end" | undefined {
    const begins = subtype === refreshSubtype.begin;
    if (begins) {
      if (this.negotiated.gracefulRestart && !this.#told.has(family)) return this.#ignore("BoRR before the End-of-RIB");
      this.#refreshing.add(family);
      this.#context.rib.markStale(this.slot, family);
    } else {
      if (!this.#refreshing.delete(family)) return this.#ignore("EoRR without a BoRR before it");
      this.#context.rib.sweepStale(this.slot, family);
    }
    this.#context.changed();
    return begins ? "begin" : "end";
  }

  #ignore(why: string): undefined {
    const peer = this.#settings().address;
    this.#context.limit.offer(`refresh ${peer}`, () => this.#context.journal.emit(refreshIgnored, { peer, why }));
  }

  /** Asks the peer for all its routes. @throws SessionUnfitError when it does not know ROUTE-REFRESH */
  requestRefresh(): void {
    if (!this.negotiated.routeRefresh) throw new SessionUnfitError(this.#settings().address, "it does not support route refresh");
    for (const family of this.negotiated.families) {
      this.connection.write(encodeMessage(routeRefresh(family), { fourOctetAs: true, peer: "unknown" }), 1);
    }
  }

  #report(verdict: UpdateVerdict): void {
    this.malformed++;
    const peer = this.#settings().address;
    const reaction = verdict.reaction === "disable-family" ? "reset" : verdict.reaction;
    const fault = verdict.faults.join("; ");
    this.#context.metrics.add(updatesMalformed, { peer, reaction });
    this.#context.limit.offer(`update ${peer} ${reaction}`, (suppressed) =>
      this.#context.journal.emit(updateMalformed, { peer, reaction, fault, suppressed }),
    );
  }

  /** Whether what it brought up to now ends the session. */
  #overLimit(refused: number): Notification | undefined {
    const { maximumPrefix } = this.#settings();
    if (!maximumPrefix) return undefined;
    const { rib } = this.#context;
    return this.#limit.check(maximumPrefix, Math.max(rib.received(this.slot), rib.memberships(this.slot)), refused);
  }

  /** Admission rules are there to find liars and mistakes; what a policy keeps out is only counted. */
  #tellRefused(refused: readonly RefusedRoutes[]): void {
    const peer = this.#settings().address;
    const { journal, limit } = this.#context;
    for (const { rule, routes, example } of refused) {
      if (rule.kind !== "admission") continue;
      limit.offer(`admission ${peer} ${rule.rule}`, (suppressed) =>
        journal.emit(admissionViolated, { peer, what: rule.rule, route: routeText(example), routes, suppressed }),
      );
    }
  }
}

/** As people know it; in hex when it cannot be read. */
function routeText(nlri: Uint8Array): string {
  if (typeof evpnLength(nlri, 0, nlri.length) === "string") return toHex(nlri);
  const route = decodeEvpn(nlri);
  return "rd" in route ? `${route.rd} ${formatEvpn(route)}` : formatEvpn(route);
}
