// SPDX-License-Identifier: Apache-2.0
/** An Ethernet Segment Identifier as ten octets in text, `00:11:…` — RFC 7432 §5. Safe as a Map key. */
export type Esi = string & { readonly __esi: never };

/** A single-homed site. */
export const zeroEsi = "00:00:00:00:00:00:00:00:00:00" as Esi;

const hexOctet: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

export function esiFromBytes(b: Uint8Array, at = 0): Esi {
  let any = 0;
  for (let i = 0; i < 10; i++) any |= b[at + i]!;
  if (any === 0) return zeroEsi;
  let text = hexOctet[b[at]!]!;
  for (let i = 1; i < 10; i++) text += `:${hexOctet[b[at + i]!]}`;
  return text as Esi;
}

/** Ten octets. */
export function esiToBytes(esi: Esi): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(10);
  if (esi !== zeroEsi) for (let i = 0; i < 10; i++) out[i] = Number.parseInt(esi.slice(i * 3, i * 3 + 2), 16);
  return out;
}

/** Accepts upper and lower case; undefined when it is not ten octets. */
export function parseEsi(text: string): Esi | undefined {
  return /^([0-9a-f]{2}:){9}[0-9a-f]{2}$/i.test(text) ? (text.toLowerCase() as Esi) : undefined;
}
