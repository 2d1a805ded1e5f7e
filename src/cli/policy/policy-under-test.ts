// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4, ipToBytes } from "../../base/net/ip.ts";
import { compilePeerPolicy } from "../../bgp/rib/policy/peer-policy.ts";
import { compilePolicy, type RoutePolicy } from "../../bgp/rib/policy/route-policy.ts";
import type { RibPeer } from "../../bgp/rib/types.ts";
import { rangeFor } from "../../bgp/speaker/peer-match.ts";
import { dynamicPeer, namedPeer } from "../../bgp/speaker/peer-settings.ts";
import { sessionPolicyOf } from "../../bgp/speaker/session-policy.ts";
import { guessConfigKind } from "../../contract/config/guess-kind.ts";
import { type BgpConfig, parseAgentConfig, parseReflectorConfig, readText } from "../../contract/config/load.ts";
import { policyModels } from "../../daemon/peer-policy.ts";
import { speakerConfig } from "../../daemon/speaker-config.ts";
import { UsageError } from "../errors.ts";

/** The `bgp` section of an agent's or a reflector's file. @throws ConfigError */
export function bgpOf(file: string): BgpConfig {
  const text = readText(file);
  return guessConfigKind(text) === "reflector" ? parseReflectorConfig(text, file).bgp : parseAgentConfig(text, file).bgp;
}

/** @throws UsageError when there is none of that name */
export function policyNamed(bgp: BgpConfig, name: string): RoutePolicy {
  const model = policyModels(bgp.policies).get(name);
  if (model) return compilePolicy(model);
  throw new UsageError(`no policy "${name}"; the file has: ${Object.keys(bgp.policies).join(", ") || "none"}`);
}

export interface PeerUnderTest {
  readonly address: Ip;
  /** Absent: as the file says. */
  readonly asn?: number;
  /** Its BGP identifier; absent: its address. */
  readonly routerId?: Ip;
}

/** Everything that is done with routes from a peer, or to it: admission and rewriting too. @throws UsageError when the file does not know it */
export function policyOfPeer(bgp: BgpConfig, peer: PeerUnderTest, direction: "import" | "export"): RoutePolicy | undefined {
  const { address } = peer;
  const config = speakerConfig(bgp);
  const named = config.peers.find((p) => p.address === address);
  const range = named ? undefined : rangeFor(address, config.dynamicPeers);
  const settings = named ? namedPeer(named) : range && dynamicPeer(address, range);
  if (!settings) throw new UsageError(`the file has no peer ${address}, and no range that holds it`);
  const first = typeof settings.asn === "object" ? settings.asn[0] : settings.asn;
  const asn = peer.asn ?? (typeof first === "number" ? first : undefined);
  if (asn === undefined) throw new UsageError(`the AS number of ${address} is left open by the file; name one with --asn`);
  const policy = sessionPolicyOf(settings, asn, bgp.asn);
  if (!policy) return undefined;
  const identifier = peer.routerId ?? address;
  const routerId = isIp4(identifier) ? new DataView(ipToBytes(identifier).buffer).getUint32(0) : 0;
  const ribPeer: RibPeer = {
    name: address,
    address,
    role: asn !== bgp.asn ? "ebgp" : settings.client ? "client" : "non-client",
    asn,
    routerId,
    families: settings.families,
    fourOctetAs: true,
    maxMessage: 4096,
  };
  return compilePeerPolicy(policy, ribPeer)[direction];
}
