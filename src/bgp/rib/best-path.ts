// SPDX-License-Identifier: Apache-2.0

/** What the decision knows of a path. Columns of the attribute store in practice, plain objects in tests. */
export interface DecisionFields {
  readonly local: boolean;
  readonly llgrStale: boolean;
  readonly sticky: boolean;
  /** -1 without a MAC mobility community. */
  readonly mobilitySequence: number;
  readonly localPref: number;
  readonly asPathLength: number;
  readonly origin: number;
  readonly neighbourAs: number;
  readonly med: number;
  readonly ebgp: boolean;
  /** ORIGINATOR_ID, or the peer's BGP identifier. */
  readonly originator: number;
  readonly clusterLength: number;
  /** Hexadecimal, so that the order of strings is that of addresses. */
  readonly peerAddress: string;
}

export interface DecisionOptions {
  /** The route is a MAC/IP route, to which MAC mobility applies. */
  readonly mac: boolean;
  /** Whether MEDs count. {@link choosePath} leaves them out between paths of different neighbours. */
  readonly med: boolean;
}

/**
 * Which of two paths to one NLRI is better — negative: `a`, positive: `b`, 0: equal in all respects, down to the address of the peer.
 *
 * RFC 4271 §9.1.2.2 with what later documents put in between. The metric to the next hop (step e) is not known here: the
 * RIB does not follow the underlay, so all next hops count as equally far.
 */
export function comparePaths(a: DecisionFields, b: DecisionFields, options: DecisionOptions): number {
  // 1. What this speaker itself originates beats what it hears (RFC 4271 §9.1.1 leaves this to local policy).
  if (a.local !== b.local) return a.local ? -1 : 1;
  // 2. RFC 9494 §4.3: a long-lived stale path loses to any that is not.
  if (a.llgrStale !== b.llgrStale) return a.llgrStale ? 1 : -1;
  // 3. RFC 7432 §7.7, §15: a sticky MAC does not move; else the highest sequence number is where the MAC is now.
  if (options.mac) {
    if (a.sticky !== b.sticky) return a.sticky ? -1 : 1;
    const sequence = Math.max(b.mobilitySequence, 0) - Math.max(a.mobilitySequence, 0);
    if (sequence !== 0) return sequence;
  }
  // 4. RFC 4271 §9.1.1: highest degree of preference.
  if (a.localPref !== b.localPref) return b.localPref - a.localPref;
  // 5. §9.1.2.2 a: shortest AS_PATH.
  if (a.asPathLength !== b.asPathLength) return a.asPathLength - b.asPathLength;
  // 6. b: lowest origin, IGP before EGP before INCOMPLETE.
  if (a.origin !== b.origin) return a.origin - b.origin;
  // 7. c: lowest MED among paths of the same neighbouring AS.
  if (options.med && a.neighbourAs === b.neighbourAs && a.med !== b.med) return a.med - b.med;
  // 8. d: external before internal.
  if (a.ebgp !== b.ebgp) return a.ebgp ? -1 : 1;
  // 9. e: metric to the next hop: not known, see above.
  // 10. f with RFC 4456 §9: lowest ORIGINATOR_ID or BGP identifier.
  if (a.originator !== b.originator) return a.originator - b.originator;
  // 11. RFC 4456 §9: shortest CLUSTER_LIST.
  if (a.clusterLength !== b.clusterLength) return a.clusterLength - b.clusterLength;
  // 12. g: lowest peer address.
  return a.peerAddress < b.peerAddress ? -1 : a.peerAddress > b.peerAddress ? 1 : 0;
}
