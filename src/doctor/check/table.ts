// SPDX-License-Identifier: Apache-2.0
import type { Check } from "../finding.ts";
import { bridgeNetfilter } from "./bridge-netfilter.ts";
import { capability } from "./capability.ts";
import { checksumOffload } from "./checksum-offload.ts";
import { conntrack } from "./conntrack.ts";
import { deviceKind } from "./device-kind.ts";
import { ecmpEntropy } from "./ecmp-entropy.ts";
import { ecmpPolicy } from "./ecmp-policy.ts";
import { fileLimit } from "./file-limit.ts";
import { forwarding } from "./forwarding.ts";
import { hostName } from "./host-name.ts";
import { ipv6Noise } from "./ipv6-noise.ts";
import { mtu } from "./mtu.ts";
import { neighbourTable } from "./neighbour-table.ts";
import { rpFilter } from "./rp-filter.ts";
import { vxlanPort } from "./vxlan-port.ts";

/** Every check of `weft doctor`. */
export const checks: readonly Check[] = [
  capability,
  deviceKind,
  vxlanPort,
  forwarding,
  mtu,
  rpFilter,
  bridgeNetfilter,
  neighbourTable,
  conntrack,
  ecmpPolicy,
  ecmpEntropy,
  fileLimit,
  checksumOffload,
  ipv6Noise,
  hostName,
];
