// SPDX-License-Identifier: Apache-2.0
/** Every event and count of the speaker. */
import { eventKind } from "../../base/run/journal.ts";
import { counter, gauge } from "../../base/run/metrics.ts";

export const listening = eventKind<{ at: string }>("bgp.listening", "info", (f) => `accepting BGP sessions on ${f.at}`);

export const sessionUp = eventKind<{ peer: string; asn: number; families: string; holdTime: number; hostname: string | null }>(
  "bgp.session-up",
  "info",
  (f) => `session with ${f.peer}${f.hostname === null ? "" : ` (${f.hostname})`} is up: AS ${f.asn}, ${f.families}`,
);

export const sessionDown = eventKind<{ peer: string; reason: string; retained: string | null; seconds: number }>(
  "bgp.session-down",
  "warn",
  (f) => `session with ${f.peer} is down: ${f.reason}${f.retained === null ? "" : `; its routes stay for now (${f.retained})`}`,
);

export const attemptFailed = eventKind<{ peer: string; reason: string; attempts: number }>(
  "bgp.attempt-failed",
  "warn",
  (f) => `no session with ${f.peer}: ${f.reason}`,
);

export const connectionRefused = eventKind<{ from: string; reason: string; suppressed: number }>(
  "bgp.connection-refused",
  "warn",
  (f) => `refused a connection from ${f.from}: ${f.reason}${f.suppressed === 0 ? "" : ` (and ${f.suppressed} more like it)`}`,
);

export const updateMalformed = eventKind<{ peer: string; reaction: string; fault: string; suppressed: number }>(
  "bgp.update-malformed",
  "warn",
  (f) => `malformed UPDATE from ${f.peer}, ${f.reaction}: ${f.fault}${f.suppressed === 0 ? "" : ` (and ${f.suppressed} more)`}`,
);

export const prefixWarning = eventKind<{ peer: string; routes: number; limit: number }>(
  "bgp.maximum-prefix-warning",
  "warn",
  (f) => `${f.peer} announced ${f.routes} of at most ${f.limit} routes`,
);

export const maximumPrefixExceeded = eventKind<{ peer: string; routes: number; limit: number; action: string }>(
  "bgp.maximum-prefix-exceeded",
  "error",
  (f) => `${f.peer} announced ${f.routes} routes and may have ${f.limit}: ${limitActions[f.action]}`,
);
const limitActions: Readonly<Record<string, string>> = {
  reset: "the session ends",
  warn: "they are taken all the same",
  drop: "routes beyond that are not taken",
};

export const admissionViolated = eventKind<{ peer: string; what: string; route: string; routes: number; suppressed: number }>(
  "bgp.admission-violated",
  "warn",
  (f) =>
    `${f.peer} announced a ${f.what} that is not its own: ${f.route}${f.routes === 1 ? "" : ` and ${f.routes - 1} more`} dropped` +
    (f.suppressed === 0 ? "" : ` (and ${f.suppressed} UPDATEs more like it)`),
);

export const policyWaits = eventKind<{ peer: string }>(
  "bgp.policy-waits",
  "warn",
  (f) => `${f.peer} does not know route refresh: the new policy holds for what it announces from now on, for the rest reset the session`,
);

export const staleSwept = eventKind<{ peer: string; family: string; why: string }>(
  "bgp.stale-swept",
  "info",
  (f) => `stale ${f.family} routes of ${f.peer} go: ${f.why}`,
);

export const converged = eventKind<{ why: string; peers: number }>(
  "bgp.converged",
  "info",
  (f) => `initial routes are complete: ${f.why} (${f.peers} sessions)`,
);

export const refreshIgnored = eventKind<{ peer: string; why: string }>(
  "bgp.refresh-ignored",
  "info",
  (f) => `ROUTE-REFRESH from ${f.peer} ignored: ${f.why}`,
);

export const passwordProblem = eventKind<{ problem: string }>(
  "bgp.password-not-set",
  "error",
  (f) => `cannot set a TCP MD5 key: ${f.problem}`,
);

export const segmentsDropped = eventKind<{ reason: string; segments: number }>(
  "bgp.segments-dropped",
  "warn",
  (f) => `the kernel dropped ${f.segments} TCP segments: ${f.reason}`,
);

export const internalError = eventKind<{ peer: string; error: string }>(
  "bgp.internal-error",
  "error",
  (f) => `fault of our own while serving ${f.peer}, its session is reset: ${f.error}`,
);

// Of each peer, as far as `metrics.perPeer` wants it.
export const peerEstablished = gauge("weft_bgp_peer_established", "1 while the session is established", ["peer"]);
export const peerStateSince = gauge("weft_bgp_peer_state_since_timestamp_seconds", "When the session came into its state", ["peer"]);
export const peerFlaps = counter("weft_bgp_peer_flaps_total", "Established sessions that ended", ["peer"]);
export const peerLastError = gauge(
  "weft_bgp_peer_last_error_info",
  "Always 1; the label says in a word why the last session or attempt ended",
  ["peer", "error"],
);
export const messagesReceived = counter("weft_bgp_peer_messages_received_total", "Messages received", ["peer"]);
export const messagesSent = counter("weft_bgp_peer_messages_sent_total", "Messages sent", ["peer"]);
export const updatesReceived = counter("weft_bgp_peer_updates_received_total", "UPDATEs received", ["peer"]);
export const octetsReceived = counter("weft_bgp_peer_received_bytes_total", "Octets received", ["peer"]);
export const octetsSent = counter("weft_bgp_peer_sent_bytes_total", "Octets handed to TCP", ["peer"]);
export const routesReceived = gauge(
  "weft_bgp_peer_routes_received",
  "Routes held from the peer, those that are kept over a restart included",
  ["peer"],
);
export const routesAdvertised = gauge("weft_bgp_peer_routes_advertised", "Best paths that are for the peer", ["peer"]);
export const routesDropped = counter(
  "weft_bgp_peer_routes_dropped_total",
  "Not taken from the peer in this session: UPDATEs, or single routes, by reason",
  ["peer", "reason"],
);
export const octetsQueued = gauge("weft_bgp_peer_queued_bytes", "Octets that wait for the peer to read", ["peer"]);
export const routesLagging = gauge("weft_bgp_peer_routes_lagging", "Changed routes that a peer which reads slowly has yet to hear of", [
  "peer",
]);
export const peerAttemptsFailed = counter(
  "weft_bgp_peer_attempts_failed_total",
  "Connections that did not become a session; `dynamic` are all peers out of ranges",
  ["peer"],
);
export const routesRefused = counter(
  "weft_bgp_peer_routes_refused_total",
  "Announcements not taken from the peer in this session, by the rule that refused them",
  ["peer", "by", "policy", "rule"],
);
export const routesKeptBack = counter(
  "weft_bgp_peer_routes_kept_back_total",
  "Routes that an export policy kept from the peer and those that get the same, each time that they changed",
  ["peer", "policy", "rule"],
);
export const routesWithheld = gauge(
  "weft_bgp_peer_routes_withheld",
  "Best paths that the peer could have and did not ask for by route target (RFC 4684)",
  ["peer"],
);
export const membershipsReceived = gauge("weft_bgp_peer_memberships_received", "Route targets that the peer asks for (RFC 4684)", ["peer"]);
export const routeLimit = gauge("weft_bgp_peer_maximum_routes", "Most routes that the peer may announce", ["peer"]);
export const maximumPrefixes = counter("weft_bgp_maximum_prefix_total", "Times that a peer passed its limit of routes, by what was done", [
  "peer",
  "action",
]);
export const updatesMalformed = counter("weft_bgp_updates_malformed_total", "UPDATEs that broke a rule, by what was done (RFC 7606)", [
  "peer",
  "reaction",
]);

// Of all of them.
export const peersInState = gauge("weft_bgp_peers", "Peers by the state of their session", ["state"]);
export const flaps = counter("weft_bgp_flaps_total", "Established sessions that ended, of all peers");
export const allMessagesReceived = counter("weft_bgp_messages_received_total", "Messages received from all peers");
export const allMessagesSent = counter("weft_bgp_messages_sent_total", "Messages sent to all peers");
export const allOctetsReceived = counter("weft_bgp_received_bytes_total", "Octets received from all peers");
export const allOctetsSent = counter("weft_bgp_sent_bytes_total", "Octets handed to TCP for all peers");
export const routes = gauge("weft_bgp_routes", "Different routes in the table", ["family"]);
export const paths = gauge("weft_bgp_paths", "All paths to them", ["family"]);
export const attributeSets = gauge("weft_bgp_attribute_sets", "Different sets of path attributes");
export const updateGroups = gauge("weft_bgp_update_groups", "Groups of peers that get the same octets");
export const tableOctets = gauge("weft_bgp_table_bytes", "Memory of the tables, the JavaScript heap not included");
export const convergenceTime = gauge(
  "weft_bgp_convergence_seconds",
  "From the start until the initial routes were complete; absent until then",
);
export const connectionsRefused = counter("weft_bgp_connections_refused_total", "Connections from peers we do not take", ["reason"]);
export const kernelDropped = counter(
  "weft_bgp_kernel_drops_total",
  "TCP segments that the kernel dropped for a wrong or missing MD5 key or too low a TTL, of all sockets of the namespace",
  ["reason"],
);
export const routesOversize = counter(
  "weft_bgp_routes_oversize_total",
  "Routes not sent because they fit in no message that their peers can take",
);
