// SPDX-License-Identifier: Apache-2.0
import type { Check } from "../finding.ts";

/** Files, pipes and sockets that a daemon has beside those of its peers. */
const ownFiles = 128;
/** A reflector ought to take this many sessions whatever is configured now. */
const usualPeers = 1024;

export const fileLimit: Check = {
  code: "WEFT_DOCTOR_FILE_LIMIT",
  meaning: "the daemon may not open as many files as it has or may get sessions",
  judge({ daemon }) {
    if (daemon?.openFiles === undefined) return [];
    const { component, pid, peers, openFiles } = daemon;
    const now = Math.max(peers.configured, peers.established);
    // While a session is replaced there are two connections.
    const need = 2 * now + ownFiles;
    const wanted = component === "reflector" ? Math.max(need, 2 * usualPeers + ownFiles) : need;
    if (openFiles >= wanted) return [];
    return [
      {
        severity: openFiles < need ? "error" : "warning",
        object: `${component} (pid ${pid})`,
        what: `may open ${openFiles} files, with ${now} peers`,
        why: "every session is an open file: beyond the limit peers are refused while everything else seems well",
        remedies: [],
        advice: [`LimitNOFILE=65536 in the unit and a restart; until then: prlimit --pid ${pid} --nofile=65536:65536`],
      },
    ];
  },
};
