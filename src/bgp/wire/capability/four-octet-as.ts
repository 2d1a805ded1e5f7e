// SPDX-License-Identifier: Apache-2.0
import type { CapabilityCodec } from "./codec.ts";

/** Four-octet AS numbers; the value is the speaker's own — RFC 6793 §3. */
export interface FourOctetAs {
  readonly kind: "four-octet-as";
  readonly asn: number;
}

export const fourOctetAs: CapabilityCodec<FourOctetAs> = {
  code: 65,
  name: "four-octet-as",
  decode(r) {
    return { kind: "four-octet-as", asn: r.u32() };
  },
  encode(c, w) {
    w.u32(c.asn);
  },
};
