// SPDX-License-Identifier: Apache-2.0
import { Malformed, NotEncodable } from "../errors.ts";
import type { CapabilityCodec } from "./codec.ts";

/**
 * Host and domain name of the speaker, for people — draft-walton-bgp-hostname-capability.
 *
 *   length 1 | host name | length 1 | domain name
 */
export interface Fqdn {
  readonly kind: "fqdn";
  readonly host: string;
  readonly domain: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function text(octets: Uint8Array): string {
  try {
    return utf8.decode(octets);
  } catch {
    throw new Malformed("name is not UTF-8");
  }
}

export const fqdn: CapabilityCodec<Fqdn> = {
  code: 73,
  name: "fqdn",
  decode(r) {
    const host = text(r.take(r.u8()));
    return { kind: "fqdn", host, domain: text(r.take(r.u8())) };
  },
  encode(c, w) {
    for (const name of [c.host, c.domain]) {
      const octets = new TextEncoder().encode(name);
      if (octets.length > 255) throw new NotEncodable(`name of ${octets.length} octets, at most 255 fit`);
      w.u8(octets.length).put(octets);
    }
  },
};
