// SPDX-License-Identifier: Apache-2.0
import type { PeerPolicy } from "../rib/policy/model.ts";
import type { PeerSettings } from "./peer-settings.ts";

/** How routes of a session are treated, now that it is known who the peer is; undefined when nothing is said about them. */
export function sessionPolicyOf(settings: PeerSettings, peerAsn: number, localAsn: number): PeerPolicy | undefined {
  const { maximumPrefix } = settings;
  const { rewriteTargets, ...rest } = settings.policy ?? {};
  const policy: PeerPolicy = {
    ...rest,
    ...(rewriteTargets && peerAsn !== localAsn && { rewriteTargets: { from: peerAsn, to: localAsn } }),
    ...(maximumPrefix?.action === "drop" && { routeLimit: maximumPrefix.limit }),
  };
  return Object.keys(policy).length === 0 ? undefined : policy;
}
