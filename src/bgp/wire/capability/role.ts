// SPDX-License-Identifier: Apache-2.0
import type { CapabilityCodec } from "./codec.ts";

/** What the speaker is to its peer: 0 provider, 1 RS, 2 RS-client, 3 customer, 4 lateral peer — RFC 9234 §4.1. */
export interface Role {
  readonly kind: "role";
  readonly role: number;
}

export const role: CapabilityCodec<Role> = {
  code: 9,
  name: "role",
  decode(r) {
    return { kind: "role", role: r.u8() };
  },
  encode(c, w) {
    w.u8(c.role);
  },
};
