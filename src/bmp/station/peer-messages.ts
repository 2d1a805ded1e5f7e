// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../base/bytes/writer.ts";
import type { Ip } from "../../base/net/ip.ts";
import type { RibPeerStats, RibStats } from "../../bgp/rib/rib-stats.ts";
import type { DownCause } from "../../bgp/session/down-cause.ts";
import { cease, ceaseSubcode } from "../../bgp/wire/cease.ts";
import { notification } from "../../bgp/wire/notification.ts";
import { encodeMessage } from "../../bgp/wire/message.ts";
import { makeOpen } from "../../bgp/wire/open.ts";
import type { MonitoredSession } from "../../bgp/speaker/session-monitor.ts";
import { informationType, textInformation } from "../wire/information.ts";
import { type BmpMessage, peerDownReason } from "../wire/message.ts";
import type { PeerHeader } from "../wire/peer-header.ts";
import { type Statistic, statisticType } from "../wire/statistic.ts";

const family = "l2vpn-evpn";
const anyContext = { fourOctetAs: true, peer: "unknown" } as const;
/** Event 8, AutomaticStop, of RFC 4271 §8.1.2. */
const automaticStop = 8;
/** Name of the one table there is — RFC 9069 §5.2.1. */
const tableName = "global";

const none = {
  distinguisher: 0n,
  seconds: 0,
  microseconds: 0,
  postPolicy: false,
  twoOctetAs: false,
  adjRibOut: false,
  filtered: false,
} as const;

/** The header for a session; `wall` is ms since the epoch, absent: not known. */
export function sessionHeader({ peer }: MonitoredSession, over: Partial<PeerHeader> = {}, wall?: number): PeerHeader {
  return { ...none, type: "global", address: peer.address, asn: peer.asn, identifier: peer.routerId, ...timeOf(wall), ...over };
}

/** Who we are: of the Loc-RIB — RFC 9069 §4. */
export function locRibHeader(asn: number, identifier: number, wall?: number): PeerHeader {
  return { ...none, type: "loc-rib", address: undefined, asn, identifier, ...timeOf(wall) };
}

function timeOf(wall: number | undefined): { readonly seconds: number; readonly microseconds: number } {
  if (wall === undefined) return { seconds: 0, microseconds: 0 };
  return { seconds: Math.trunc(wall / 1000), microseconds: Math.trunc((wall % 1000) * 1000) };
}

export function peerUp(session: MonitoredSession, wall: number): BmpMessage {
  const { localAddress, localPort, remotePort, sentOpen, receivedOpen } = session;
  const peer = sessionHeader(session, {}, wall);
  return { kind: "peer-up", peer, localAddress, localPort, remotePort, sentOpen, receivedOpen, information: [] };
}

/** RFC 9069 §5.2: as if the table were a peer of ours; its OPENs say what routes it holds. */
export function locRibUp(asn: number, identifier: number, wall: number): BmpMessage {
  const capabilities = [{ kind: "multiprotocol", family } as const, { kind: "four-octet-as", asn } as const];
  const open = encodeMessage(makeOpen({ asn, holdTime: 0, identifier, capabilities }), anyContext);
  return {
    kind: "peer-up",
    peer: locRibHeader(asn, identifier, wall),
    localAddress: "0.0.0.0" as Ip,
    localPort: 0,
    remotePort: 0,
    sentOpen: open,
    receivedOpen: open,
    information: [textInformation(informationType.tableName, tableName)],
  };
}

/** RFC 7854 §4.9: who ended it, and with which words. */
export function peerDown(session: MonitoredSession, cause: DownCause, wall: number): BmpMessage {
  const peer = sessionHeader(session, {}, wall);
  const down = (reason: number, data: Uint8Array = new Uint8Array(0)): BmpMessage => ({ kind: "peer-down", peer, reason, data });
  switch (cause.kind) {
    case "notification-sent":
      return down(peerDownReason.localNotification, encodeMessage(cause.notification, anyContext));
    case "hold-expired":
      return down(peerDownReason.localNotification, encodeMessage(notification(4, 0), anyContext));
    case "path-down":
      return down(peerDownReason.localNotification, encodeMessage(cease(ceaseSubcode.bfdDown), anyContext));
    case "notification-received":
      return down(peerDownReason.remoteNotification, encodeMessage(cause.notification, anyContext));
    case "stopped":
      return down(peerDownReason.localEvent, new Writer(2).u16(automaticStop).finish());
    default:
      return down(peerDownReason.remoteSilent);
  }
}

/** What we count of a session. */
export function sessionStatistics(session: MonitoredSession, stats: RibPeerStats, wall: number): BmpMessage {
  const n = (type: number, value: number): { readonly type: number; readonly value: bigint } => ({ type, value: BigInt(value) });
  const refused = stats.refused.reduce((sum, r) => sum + r.routes, 0);
  const statistics: Statistic[] = [
    n(statisticType.rejected, refused),
    n(statisticType.clusterLoops, stats.clusterLoops),
    n(statisticType.asLoops, stats.asLoops),
    n(statisticType.originatorLoops, stats.originatorLoops),
    n(statisticType.treatedAsWithdraw, stats.treatedAsWithdraw),
    n(statisticType.adjRibIn, stats.received),
    { ...n(statisticType.adjRibInOfFamily, stats.received), family },
    n(statisticType.adjRibOut, stats.sent),
    { ...n(statisticType.adjRibOutOfFamily, stats.sent), family },
  ];
  return { kind: "statistics", peer: sessionHeader(session, {}, wall), statistics };
}

export function locRibStatistics(asn: number, identifier: number, stats: RibStats, wall: number): BmpMessage {
  const value = BigInt(stats.routes);
  const statistics: Statistic[] = [
    { type: statisticType.locRib, value },
    { type: statisticType.locRibOfFamily, value, family },
  ];
  return { kind: "statistics", peer: locRibHeader(asn, identifier, wall), statistics };
}
