// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../base/bytes/hex.ts";
import { ipFromBytes } from "../../../base/net/ip.ts";
import { Malformed } from "../errors.ts";
import type { LabelField } from "../nlri/label.ts";
import type { AttributeCodec } from "./codec.ts";
import { optionalTransitive } from "./flags.ts";

/**
 * PMSI_TUNNEL — RFC 6514 §5; in a type-3 route it says how to reach everybody of a network (RFC 7432 §11.2, RFC 8365 §5.1.3).
 *
 *   flags 1 | tunnel type 1 | label 3 | tunnel identifier
 */
export interface PmsiTunnel {
  readonly kind: "pmsi-tunnel";
  readonly flags: number;
  readonly tunnelFlags: number;
  readonly tunnelType: number;
  /** The VNI with VXLAN. */
  readonly label: LabelField;
  /** An address of 4 or 16 octets for ingress replication. */
  readonly identifier: Uint8Array;
}

export const ingressReplication = 6;

/** IANA "P-Multicast Service Interface Tunnel (PMSI Tunnel) Tunnel Types". */
const names: readonly string[] = [
  "none",
  "rsvp-te-p2mp",
  "mldp-p2mp",
  "pim-ssm",
  "pim-sm",
  "pim-bidir",
  "ingress-replication",
  "mldp-mp2mp",
  "transport",
  "assisted-replication",
  "bier",
  "sr-mpls-p2mp",
];

export function pmsiTunnelName(type: number): string {
  return names[type] ?? `tunnel-type-${type}`;
}

export const pmsiTunnel: AttributeCodec<PmsiTunnel> = {
  code: 22,
  name: "PMSI_TUNNEL",
  flags: optionalTransitive,
  whenMalformed: "withdraw",
  decode(r, flags) {
    if (r.remaining < 5) throw new Malformed(`length ${r.remaining}, must be at least 5`);
    const tunnelFlags = r.u8();
    const tunnelType = r.u8();
    const label = r.u24();
    const identifier = r.rest().slice();
    if (tunnelType === ingressReplication && identifier.length !== 4 && identifier.length !== 16)
      throw new Malformed(`tunnel identifier of ${identifier.length} octets, must be 4 or 16 for ingress replication`);
    return { kind: "pmsi-tunnel", flags, tunnelFlags, tunnelType, label, identifier };
  },
  encode(a, w) {
    w.u8(a.tunnelFlags).u8(a.tunnelType).u24(a.label).put(a.identifier);
  },
  format(a) {
    const id = a.identifier;
    const where = id.length === 4 || id.length === 16 ? ipFromBytes(id) : `0x${toHex(id)}`;
    return `${pmsiTunnelName(a.tunnelType)} label ${a.label} to ${where}`;
  },
};
