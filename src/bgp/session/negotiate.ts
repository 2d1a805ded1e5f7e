// SPDX-License-Identifier: Apache-2.0
import { addPathReceive, addPathSend } from "../wire/capability/add-path.ts";
import type { Capability } from "../wire/capability/capability.ts";
import type { Family } from "../wire/family.ts";
import { type Open, capabilitiesOf, openAsn } from "../wire/open.ts";
import type { SessionConfig } from "./config.ts";

/** What both OPENs of a session agree on. */
export interface Negotiated {
  readonly peerAsn: number;
  /** BGP identifier, unsigned. */
  readonly peerRouterId: number;
  /** Seconds, 0: nobody is timed. */
  readonly holdTime: number;
  /** Seconds, 0: none are sent. */
  readonly keepalive: number;
  readonly families: readonly Family[];
  readonly fourOctetAs: boolean;
  readonly extendedMessage: boolean;
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  /** NLRI of EVPN carry path identifiers, by direction as we see it — RFC 7911 §4. */
  readonly addPath: { readonly receive: boolean; readonly send: boolean };
  /** Present when both sides offer it. */
  readonly gracefulRestart?: NegotiatedRestart;
  /** Families that the peer wants kept beyond its restart time; empty unless both offer it. */
  readonly longLived: readonly { readonly family: Family; readonly forwarding: boolean; readonly staleTime: number }[];
  /** The peer offers long-lived graceful restart, be it for no family: it knows what LLGR_STALE means — RFC 9494 §4.3. */
  readonly knowsLongLived: boolean;
  /** From the FQDN capability, made printable. */
  readonly hostname?: string;
}

export interface NegotiatedRestart {
  /** R bit: the peer has just restarted. */
  readonly restarting: boolean;
  /** N bit of both — RFC 8538 §4. */
  readonly notifications: boolean;
  /** The peer's, in seconds. */
  readonly restartTime: number;
  /** Families of the session whose state the peer keeps; `forwarding` says whether it did so over the last restart. */
  readonly families: readonly { readonly family: Family; readonly forwarding: boolean }[];
}

/** Families an OPEN offers; without any multiprotocol capability that is IPv4 unicast — RFC 4760 §8. */
export function offeredFamilies(open: Open): readonly Family[] {
  const offered = capabilitiesOf(open).flatMap((c) => (c.kind === "multiprotocol" ? [c.family] : []));
  return offered.length === 0 ? ["ipv4-unicast"] : [...new Set(offered)];
}

/** Agrees on the terms of a session with whoever sent `open`, which has passed `checkOpen`. */
export function negotiate(open: Open, config: SessionConfig): Negotiated {
  const theirs = capabilitiesOf(open);
  const both = (kind: Capability["kind"]): boolean => pick(theirs, kind) !== undefined && pick(config.capabilities, kind) !== undefined;
  const holdTime = Math.min(open.holdTime, config.holdTime);
  const offered = offeredFamilies(open);
  const families = config.families.filter((f) => offered.includes(f));
  const gracefulRestart = negotiateRestart(theirs, config, families);
  const longLived = both("long-lived-graceful-restart") ? (pick(theirs, "long-lived-graceful-restart")?.families ?? []) : [];
  const host = pick(theirs, "fqdn")?.host;
  return {
    peerAsn: openAsn(open),
    peerRouterId: open.identifier,
    holdTime,
    keepalive: holdTime === 0 ? 0 : Math.min(config.keepalive ?? holdTime / 3, holdTime / 3),
    families,
    fourOctetAs: both("four-octet-as"),
    extendedMessage: both("extended-message"),
    routeRefresh: both("route-refresh"),
    enhancedRouteRefresh: both("enhanced-route-refresh"),
    addPath: families.includes("l2vpn-evpn") ? negotiateAddPath(theirs, config.capabilities) : { receive: false, send: false },
    ...(gracefulRestart && { gracefulRestart }),
    // RFC 9494 §4.2: without graceful restart for the session it counts for nothing.
    longLived: gracefulRestart ? longLived.filter((f) => families.includes(f.family)) : [],
    knowsLongLived: pick(theirs, "graceful-restart") !== undefined && pick(theirs, "long-lived-graceful-restart") !== undefined,
    ...(host !== undefined && { hostname: host.replaceAll(/\p{Cc}/gu, "?") }),
  };
}

/** Each direction needs one who sends and one who receives. Of several entries of a family the first one counts, and one with a mode that does not exist is none. */
function negotiateAddPath(theirs: readonly Capability[], ours: readonly Capability[]): Negotiated["addPath"] {
  const mode = (list: readonly Capability[]): number => {
    const entries = list.flatMap((c) => (c.kind === "add-path" ? c.families : []));
    return entries.find((f) => f.family === "l2vpn-evpn" && f.mode >= 1 && f.mode <= 3)?.mode ?? 0;
  };
  const [they, we] = [mode(theirs), mode(ours)];
  return {
    receive: (we & addPathReceive) !== 0 && (they & addPathSend) !== 0,
    send: (we & addPathSend) !== 0 && (they & addPathReceive) !== 0,
  };
}

function negotiateRestart(
  theirs: readonly Capability[],
  config: SessionConfig,
  families: readonly Family[],
): NegotiatedRestart | undefined {
  const restart = pick(theirs, "graceful-restart");
  const ours = pick(config.capabilities, "graceful-restart");
  if (!restart || !ours) return undefined;
  return {
    restarting: restart.restarted,
    notifications: restart.notification && ours.notification,
    restartTime: restart.restartTime,
    families: restart.families.filter((f) => families.includes(f.family)).map(({ family, forwarding }) => ({ family, forwarding })),
  };
}

/** RFC 4724 §3, RFC 9494 §3.1, RFC 5492 §4: of several instances the last one counts. */
function pick<K extends Capability["kind"]>(list: readonly Capability[], kind: K): Extract<Capability, { readonly kind: K }> | undefined {
  return list.findLast((c): c is Extract<Capability, { readonly kind: K }> => c.kind === kind);
}
