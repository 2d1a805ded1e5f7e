// SPDX-License-Identifier: Apache-2.0
/** Every event and count of BFD. */
import { eventKind } from "../base/run/journal.ts";
import { counter, gauge } from "../base/run/metrics.ts";

export const sessionUp = eventKind<{ peer: string; local: string; hops: string }>(
  "bfd.session-up",
  "info",
  (f) => `BFD session with ${f.peer} is up (${f.hops}, from ${f.local})`,
);

export const sessionDown = eventKind<{ peer: string; local: string; cause: string; reason: string }>(
  "bfd.session-down",
  "warn",
  (f) => `BFD session with ${f.peer} is down: ${f.reason}`,
);

export const hostSilent = eventKind<{ peer: string; local: string }>(
  "bfd.host-silent",
  "warn",
  (f) => `${f.peer}, which answered for its process that ended, answers no more`,
);

export const socketProblem = eventKind<{ peer: string; local: string; problem: string }>(
  "bfd.socket-problem",
  "warn",
  (f) => `no socket for the BFD session with ${f.peer}, tried again: ${f.problem}`,
);

export const threadEnded = eventKind<{ error: string }>(
  "bfd.thread-ended",
  "error",
  (f) => `fault of our own in the BFD thread, all sessions begin anew: ${f.error}`,
);

export const sessionIsUp = gauge("weft_bfd_session_up", "1 while the BFD session is up", ["peer"]);
export const sessionCount = gauge("weft_bfd_sessions", "BFD sessions, by whether they are up", ["state"]);
export const transitions = counter("weft_bfd_transitions_total", "Sessions that came up, or went down and why", ["to"]);
export const packets = counter(
  "weft_bfd_packets_total",
  "BFD packets received and sent since the start; `unsent`: refused by the kernel, or without a socket",
  ["direction"],
);
export const discarded = counter("weft_bfd_discards_total", "BFD packets that changed nothing, by the rule that they broke", ["rule"]);
