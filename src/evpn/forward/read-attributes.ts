// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import { type Attribute, attributeOf } from "../../bgp/wire/attribute/attribute.ts";
import type { PmsiTunnel } from "../../bgp/wire/attribute/pmsi-tunnel.ts";
import type { LabelField } from "../../bgp/wire/nlri/label.ts";
import type { RouteTarget } from "../types.ts";

/** The PMSI Tunnel attribute — RFC 6514 §5. */
export interface PmsiInfo {
  readonly tunnel: number;
  readonly label: LabelField;
  /** Undefined when the identifier is no address or the unspecified one. */
  readonly endpoint: Ip | undefined;
}

export interface ReadAttributes {
  readonly targets: readonly RouteTarget[];
  /** Of the encapsulation communities, in order. */
  readonly tunnels: readonly number[];
  readonly sequence: number;
  readonly sticky: boolean;
  readonly pmsi: PmsiInfo | undefined;
}

/** Of several MAC mobility communities, which no sender should send, the highest number counts and one sticky flag is enough. */
export function readAttributes(attributes: readonly Attribute[]): ReadAttributes {
  const targets: RouteTarget[] = [];
  const tunnels: number[] = [];
  let sequence = 0;
  let sticky = false;
  for (const c of attributeOf(attributes, "extended-communities")?.communities ?? []) {
    if (c.kind === "route-target") targets.push(c.target);
    else if (c.kind === "encapsulation") tunnels.push(c.tunnelType);
    else if (c.kind === "mac-mobility") {
      sequence = Math.max(sequence, c.sequence);
      sticky ||= c.sticky;
    }
  }
  const pmsi = attributeOf(attributes, "pmsi-tunnel");
  return { targets, tunnels, sequence, sticky, pmsi: pmsi && readPmsi(pmsi) };
}

function readPmsi({ tunnelType, label, identifier }: PmsiTunnel): PmsiInfo {
  const endpoint = identifier.length === 4 || identifier.length === 16 ? ipFromBytes(identifier) : undefined;
  return { tunnel: tunnelType, label, endpoint: endpoint === "0.0.0.0" || endpoint === "::" ? undefined : endpoint };
}
