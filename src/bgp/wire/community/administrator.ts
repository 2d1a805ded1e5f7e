// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes, isIp4, parseIp } from "../../../base/net/ip.ts";

/**
 * The six octets `administrator | number` that route targets and route origins share, in text — RFC 4360 §3.1, §3.2, RFC 5668:
 * `65000:100` (type 0), `10.0.0.1:7` (type 1), `4200000000:1` or `65000L:1` (type 2; the `L` marks a four-octet AS number below 65536).
 */
export type AdministratorText = string;

/** @param form low six bits of the community's type octet: 0, 1 or 2 */
export function administratorFromBytes(form: number, b: Uint8Array, at: number): AdministratorText {
  const v = new DataView(b.buffer, b.byteOffset + at, 6);
  if (form === 0) return `${v.getUint16(0)}:${v.getUint32(2)}`;
  if (form === 1) return `${ipFromBytes(b, at, 4)}:${v.getUint16(4)}`;
  const asn = v.getUint32(0);
  return `${asn}${asn < 65536 ? "L" : ""}:${v.getUint16(4)}`;
}

/** The form that the text is of, and its six octets. */
export function administratorToBytes(text: AdministratorText): { readonly form: number; readonly octets: Uint8Array<ArrayBuffer> } {
  const octets = new Uint8Array(6);
  const v = new DataView(octets.buffer);
  const colon = text.lastIndexOf(":");
  const admin = text.slice(0, colon);
  const number = Number(text.slice(colon + 1));
  if (admin.includes(".")) {
    octets.set(ipToBytes(admin as Ip));
    v.setUint16(4, number);
    return { form: 1, octets };
  }
  if (admin.endsWith("L") || Number(admin) > 65535) {
    v.setUint32(0, Number.parseInt(admin, 10));
    v.setUint16(4, number);
    return { form: 2, octets };
  }
  v.setUint16(0, Number(admin));
  v.setUint32(2, number);
  return { form: 0, octets };
}

/** Checks and canonicalises; undefined when a part is out of its form's range. */
export function parseAdministrator(text: string): AdministratorText | undefined {
  const m = /^(\d+(?:\.\d+){3}|\d{1,10}L?):(\d{1,10})$/.exec(text);
  if (!m) return undefined;
  const admin = m[1]!;
  const number = Number(m[2]);
  if (admin.includes(".")) {
    const ip = parseIp(admin);
    return ip && isIp4(ip) && number < 65536 ? `${ip}:${number}` : undefined;
  }
  const asn = Number.parseInt(admin, 10);
  const four = admin.endsWith("L") || asn > 65535;
  if (asn > 0xffffffff || number > (four ? 65535 : 0xffffffff)) return undefined;
  return `${asn}${four && asn < 65536 ? "L" : ""}:${number}`;
}
