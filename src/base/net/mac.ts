// SPDX-License-Identifier: Apache-2.0
/** A MAC address in its one canonical form: `02:00:00:00:01:0a`. Safe as a Map key. */
export type Mac = string & { readonly __mac: never };

const hexOctet: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** Six octets at `at` as a Mac. */
export function macFromBytes(b: Uint8Array, at = 0): Mac {
  return `${hexOctet[b[at]!]}:${hexOctet[b[at + 1]!]}:${hexOctet[b[at + 2]!]}:${hexOctet[b[at + 3]!]}:${hexOctet[b[at + 4]!]}:${hexOctet[b[at + 5]!]}` as Mac;
}

function nibble(code: number): number {
  return code <= 57 ? code - 48 : code - 87;
}

/** Writes the six octets into `out` at `at`. */
export function macInto(mac: Mac, out: Uint8Array, at: number): void {
  for (let i = 0, c = 0; i < 6; i++, c += 3) out[at + i] = (nibble(mac.charCodeAt(c)) << 4) | nibble(mac.charCodeAt(c + 1));
}

export function macToBytes(mac: Mac): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(6);
  macInto(mac, out, 0);
  return out;
}

/** Accepts `aa:bb:..`, `aa-bb-..` and `aabb.ccdd.eeff` in any case; undefined when it is none of them. */
export function parseMac(text: string): Mac | undefined {
  const t = text.trim().toLowerCase();
  const digits =
    /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/.test(t) || /^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/.test(t) ? t.replace(/[:.-]/g, "") : undefined;
  return digits === undefined ? undefined : (digits.replace(/(..)(?!$)/g, "$1:") as Mac);
}

/** Group bit set: broadcast or multicast. */
export function isMulticastMac(mac: Mac): boolean {
  return (nibble(mac.charCodeAt(1)) & 1) === 1;
}

export const zeroMac = "00:00:00:00:00:00" as Mac;

function octet(mac: Mac, at: number): number {
  return (nibble(mac.charCodeAt(at)) << 4) | nibble(mac.charCodeAt(at + 1));
}

/** The first two octets as a number. With {@link macLow} all of a MAC without the memory of a string. */
export function macHigh(mac: Mac): number {
  return (octet(mac, 0) << 8) | octet(mac, 3);
}

/** The last four octets as an unsigned number. */
export function macLow(mac: Mac): number {
  return ((octet(mac, 6) << 24) | (octet(mac, 9) << 16) | (octet(mac, 12) << 8) | octet(mac, 15)) >>> 0;
}

/** The MAC of {@link macHigh} and {@link macLow}. */
export function macOf(high: number, low: number): Mac {
  return `${hexOctet[high >>> 8]!}:${hexOctet[high & 255]!}:${hexOctet[low >>> 24]!}:${hexOctet[(low >>> 16) & 255]!}:${hexOctet[(low >>> 8) & 255]!}:${hexOctet[low & 255]!}` as Mac;
}
