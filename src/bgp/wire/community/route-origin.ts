// SPDX-License-Identifier: Apache-2.0
import { type AdministratorText, administratorFromBytes, administratorToBytes } from "./administrator.ts";
import type { ExtendedCommunityCodec } from "./codec.ts";

/** Route origin ("site of origin") — RFC 4360 §5, RFC 5668. */
export interface RouteOriginCommunity {
  readonly kind: "route-origin";
  /** Written like a route target. */
  readonly origin: AdministratorText;
  readonly transitive: boolean;
}

const routeOriginSubtype = 0x03;

export const routeOrigin: ExtendedCommunityCodec<RouteOriginCommunity> = {
  codes: [0x0003, 0x0103, 0x0203, 0x4003, 0x4103, 0x4203],
  decode(b: Uint8Array, at: number): RouteOriginCommunity {
    return { kind: "route-origin", origin: administratorFromBytes(b[at]! & 0x3f, b, at + 2), transitive: (b[at]! & 0x40) === 0 };
  },
  encode(c: RouteOriginCommunity): Uint8Array<ArrayBuffer> {
    const { form, octets } = administratorToBytes(c.origin);
    const out = new Uint8Array(8);
    out[0] = form | (c.transitive ? 0 : 0x40);
    out[1] = routeOriginSubtype;
    out.set(octets, 2);
    return out;
  },
  format(c: RouteOriginCommunity): string {
    return `SoO:${c.origin}${c.transitive ? "" : " non-transitive"}`;
  },
};
