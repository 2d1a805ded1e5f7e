// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes, isIp4, parseIp } from "./ip.ts";

/**
 * A route distinguisher in text: `10.0.0.1:100` (type 1), `65000:100` (type 0), `4200000000:7` or `65000L:7` (type 2);
 * types that no RFC defines as `type3:0a0b0c0d0e0f`. Eight octets on the wire — RFC 4364 §4.2.
 */
export type Rd = string & { readonly __rd: never };

export function rdFromBytes(b: Uint8Array, at = 0): Rd {
  const v = new DataView(b.buffer, b.byteOffset + at, 8);
  switch (v.getUint16(0)) {
    case 0:
      return `${v.getUint16(2)}:${v.getUint32(4)}` as Rd;
    case 1:
      return `${ipFromBytes(b, at + 2, 4)}:${v.getUint16(6)}` as Rd;
    case 2: {
      const asn = v.getUint32(2);
      return `${asn}${asn < 65536 ? "L" : ""}:${v.getUint16(6)}` as Rd;
    }
    default: {
      let hex = "";
      for (let i = 2; i < 8; i++) hex += b[at + i]!.toString(16).padStart(2, "0");
      return `type${v.getUint16(0)}:${hex}` as Rd;
    }
  }
}

export function rdToBytes(rd: Rd): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(8);
  const v = new DataView(out.buffer);
  const raw = /^type(\d+):([0-9a-f]{12})$/.exec(rd);
  if (raw) {
    v.setUint16(0, Number(raw[1]));
    for (let i = 0; i < 6; i++) out[2 + i] = Number.parseInt(raw[2]!.slice(i * 2, i * 2 + 2), 16);
    return out;
  }
  const colon = rd.lastIndexOf(":");
  const admin = rd.slice(0, colon);
  const number = Number(rd.slice(colon + 1));
  if (admin.includes(".")) {
    v.setUint16(0, 1);
    out.set(ipToBytes(admin as Ip), 2);
    v.setUint16(6, number);
  } else if (admin.endsWith("L") || Number(admin) > 65535) {
    v.setUint16(0, 2);
    v.setUint32(2, Number.parseInt(admin, 10));
    v.setUint16(6, number);
  } else {
    v.setUint16(2, Number(admin));
    v.setUint32(4, number);
  }
  return out;
}

/** Parses what {@link rdFromBytes} prints; undefined when a part is out of its type's range. */
export function parseRd(text: string): Rd | undefined {
  if (/^type([3-9]|[1-9]\d{1,4}):[0-9a-f]{12}$/.test(text))
    return Number(text.slice(4, text.indexOf(":"))) < 65536 ? (text as Rd) : undefined;
  const m = /^([0-9.]+L?):(\d+)$/.exec(text);
  if (!m) return undefined;
  const number = Number(m[2]);
  if (m[1]!.includes(".")) {
    const ip = parseIp(m[1]!);
    return ip && isIp4(ip) && number < 65536 ? (`${ip}:${number}` as Rd) : undefined;
  }
  const asn = Number.parseInt(m[1]!, 10);
  const four = m[1]!.endsWith("L") || asn > 65535;
  if (asn > 0xffffffff || number > (four ? 65535 : 0xffffffff)) return undefined;
  return `${asn}${four && asn < 65536 ? "L" : ""}:${number}` as Rd;
}
