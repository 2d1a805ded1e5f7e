// SPDX-License-Identifier: Apache-2.0
import type { ExtendedCommunityCodec } from "./codec.ts";
/**
 * Group Policy ID: the security group of what the route names — draft-wlin-bess-group-policy-id-extended-community.
 * The draft's sub-type is 0x17; IANA's older "Group Policy Class Tag", 0x0f, has the same layout and is what some vendors send.
 *
 *   0x03 | 0x17 or 0x0f | policy ID scope 2 | reserved 2 | group policy ID 2
 */
export interface GroupPolicyIdCommunity {
  readonly kind: "group-policy-id";
  readonly group: number;
  readonly scope: number;
  readonly form: "policy-id" | "class-tag";
  /** Zero in the draft; class tags carry 0x8000 from senders that do not put the group on the wire. */
  readonly reserved: number;
}

const groupPolicyIdSubtype = 0x17;
const groupClassTagSubtype = 0x0f;

export const groupPolicyId: ExtendedCommunityCodec<GroupPolicyIdCommunity> = {
  codes: [0x0317, 0x030f],
  decode(b: Uint8Array, at: number): GroupPolicyIdCommunity {
    const v = new DataView(b.buffer, b.byteOffset + at, 8);
    return {
      kind: "group-policy-id",
      group: v.getUint16(6),
      scope: v.getUint16(2),
      form: v.getUint8(1) === groupPolicyIdSubtype ? "policy-id" : "class-tag",
      reserved: v.getUint16(4),
    };
  },
  encode(c: GroupPolicyIdCommunity): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(8);
    const v = new DataView(out.buffer);
    v.setUint8(0, 0x03);
    v.setUint8(1, c.form === "policy-id" ? groupPolicyIdSubtype : groupClassTagSubtype);
    v.setUint16(2, c.scope);
    v.setUint16(4, c.reserved);
    v.setUint16(6, c.group);
    return out;
  },
  format(c: GroupPolicyIdCommunity): string {
    return c.scope === 0 ? `group:${c.group}` : `group:${c.scope}:${c.group}`;
  },
};
