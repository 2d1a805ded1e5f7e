// SPDX-License-Identifier: Apache-2.0
import type { Target } from "./target.ts";
import { attributeTargets } from "./target/attribute.ts";
import { bfdTargets } from "./target/bfd.ts";
import { capabilityTargets } from "./target/capability.ts";
import { communityTargets } from "./target/community.ts";
import { configTargets } from "./target/config.ts";
import { messageTargets } from "./target/message.ts";
import { netlinkTargets } from "./target/netlink.ts";
import { nlriTargets } from "./target/nlri.ts";
import { ribTargets } from "./target/rib.ts";
import { ribPeersTargets } from "./target/rib-peers.ts";
import { sessionTargets } from "./target/session.ts";
import { streamTargets } from "./target/stream.ts";

/** Everything that reads octets from outside, made from the tables of the codecs. */
export async function targets(): Promise<readonly Target[]> {
  return [
    ...attributeTargets(),
    ...capabilityTargets(),
    ...communityTargets(),
    ...nlriTargets(),
    ...messageTargets(),
    ...ribTargets(),
    ...ribPeersTargets(),
    ...sessionTargets(),
    ...streamTargets(),
    ...bfdTargets(),
    ...netlinkTargets(),
    ...configTargets(),
  ];
}
