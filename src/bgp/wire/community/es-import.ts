// SPDX-License-Identifier: Apache-2.0
import { type Mac, macFromBytes, macInto } from "../../../base/net/mac.ts";
import type { ExtendedCommunityCodec } from "./codec.ts";

/** ES-Import route target: the MAC part of an ESI, which selects who imports a type-4 route — RFC 7432 §7.6. */
export interface EsImportCommunity {
  readonly kind: "es-import";
  readonly mac: Mac;
}

export const esImport: ExtendedCommunityCodec<EsImportCommunity> = {
  codes: [0x0602],
  decode(b: Uint8Array, at: number): EsImportCommunity {
    return { kind: "es-import", mac: macFromBytes(b, at + 2) };
  },
  encode(c: EsImportCommunity): Uint8Array<ArrayBuffer> {
    const out = Uint8Array.of(0x06, 0x02, 0, 0, 0, 0, 0, 0);
    macInto(c.mac, out, 2);
    return out;
  },
  format(c: EsImportCommunity): string {
    return `ES-Import-Rt:${c.mac}`;
  },
};
