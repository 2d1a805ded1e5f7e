// SPDX-License-Identifier: Apache-2.0
import { Malformed } from "../errors.ts";
import { type Family, afiSafi, familyOf } from "../family.ts";
import { decodeNlriField, encodeNlriField } from "../nlri/field.ts";
import type { Nlri } from "../nlri/nlri.ts";
import { formatNlri } from "../nlri/table.ts";
import type { AttributeCodec } from "./codec.ts";
import { optionalNonTransitive } from "./flags.ts";

/**
 * MP_UNREACH_NLRI — RFC 4760 §4. Without routes, and alone in its UPDATE, it is the End-of-RIB marker (RFC 4724 §2).
 *
 *   AFI 2 | SAFI 1 | withdrawn NLRI …
 */
export interface MpUnreach {
  readonly kind: "mp-unreach";
  readonly flags: number;
  readonly family: Family;
  readonly routes: readonly Nlri[];
}

export const mpUnreach: AttributeCodec<MpUnreach> = {
  code: 15,
  name: "MP_UNREACH_NLRI",
  flags: optionalNonTransitive,
  whenMalformed: "disable-family",
  decode(r, flags, context) {
    if (r.remaining < 3) throw new Malformed(`length ${r.remaining}, must be at least 3`);
    const family = familyOf(r.u16(), r.u8());
    return { kind: "mp-unreach", flags, family, routes: decodeNlriField(r.bytes, r.offset, r.end, family, context) };
  },
  encode(a, w, context) {
    const { afi, safi } = afiSafi(a.family);
    w.u16(afi).u8(safi);
    encodeNlriField(a.routes, a.family, context, w);
  },
  format(a) {
    return `${a.family}: ${a.routes.length === 0 ? "end of RIB" : a.routes.map((route) => formatNlri(a.family, route)).join(" ")}`;
  },
};
