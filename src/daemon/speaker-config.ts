// SPDX-License-Identifier: Apache-2.0
import type { BgpConfig } from "../contract/config/load.ts";
import type { DynamicPeerSection, PeerSection } from "../contract/config/bgp-schema.ts";
import type { SessionSettings, SpeakerConfig } from "../bgp/speaker/config.ts";
import { policyModels, sessionPolicy } from "./peer-policy.ts";

/** The `bgp` section of a file as the speaker wants it. */
export function speakerConfig(bgp: BgpConfig): SpeakerConfig {
  const { restartTime, stalePathTime, longLivedStaleTime, enabled, notifications, keepWhenSilent } = bgp.gracefulRestart;
  const models = policyModels(bgp.policies);
  const settings = (session: PeerSection | DynamicPeerSection): SessionSettings => {
    const { maxRoutes, bfd, importPolicy: _, exportPolicy: __, rewriteRouteTargets: ___, admission: ____, ...others } = session;
    const policy = sessionPolicy(session, models);
    // RFC 4456: the clients of a reflector are of its own AS; saying so for others was refused when the file was read.
    return {
      ...others,
      ...(maxRoutes && { maximumPrefix: maxRoutes }),
      ...(bfd?.enabled === true && { bfd }),
      ...(policy && { policy }),
    };
  };
  return {
    asn: bgp.asn,
    routerId: bgp.routerId,
    hostname: bgp.hostname,
    listen: bgp.listen,
    peers: bgp.peers.map((p) => ({
      ...settings(p),
      address: p.address,
      port: p.port ?? bgp.port,
      passive: p.passive,
      shutdown: p.shutdown,
    })),
    dynamicPeers: bgp.dynamicPeers.map((p) => ({ ...settings(p), range: p.range })),
    timers: bgp.timers,
    gracefulRestart: { enabled, restartTime, stalePathTime, longLived: longLivedStaleTime, notifications, keepWhenSilent },
    ...(bgp.reflector === undefined ? {} : { reflector: { clusterId: bgp.reflector.clusterId ?? bgp.routerId } }),
  };
}
