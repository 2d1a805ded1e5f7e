// SPDX-License-Identifier: Apache-2.0
import { ipToBytes } from "../../base/net/ip.ts";
import type { SessionConfig } from "../session/config.ts";
import { localCapabilities } from "../session/local-open.ts";
import type { PeerSettings } from "./peer-settings.ts";
import type { SpeakerConfig } from "./config.ts";

/** `10.0.0.1` → 0x0a000001. */
export function identifierOf(routerId: SpeakerConfig["routerId"]): number {
  return new DataView(ipToBytes(routerId).buffer).getUint32(0);
}

/** What the session machine of one peer works with. @param restarting whether our OPENs say that we restarted (RFC 4724 §3, R bit) */
export function sessionConfigOf(speaker: SpeakerConfig, peer: PeerSettings, restarting: boolean): SessionConfig {
  const { gracefulRestart: gr, timers } = speaker;
  const keepalive = peer.keepalive ?? timers.keepalive;
  return {
    localAsn: speaker.asn,
    routerId: identifierOf(speaker.routerId),
    peerAsn: peer.asn,
    passive: peer.passive,
    holdTime: peer.holdTime ?? timers.hold,
    ...(keepalive !== undefined && { keepalive }),
    connectRetry: (peer.connectRetry ?? timers.connectRetry) * 1000,
    families: peer.families,
    capabilities: localCapabilities({
      asn: speaker.asn,
      families: peer.families,
      hostname: speaker.hostname,
      addPath: peer.addPath && { receive: peer.addPath.receive, send: peer.addPath.send !== undefined },
      gracefulRestart: gr.enabled
        ? { restarting, notifications: gr.notifications ?? true, restartTime: gr.restartTime, longLived: gr.longLived ?? 0 }
        : undefined,
    }),
    keepWhenSilent: gr.keepWhenSilent ?? "reflected",
  };
}
