// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes, isIp4, parseIp } from "./ip.ts";

/** A network prefix `10.0.0.0/24`; `ip` has no bits set beyond `length`. */
export interface Prefix {
  readonly ip: Ip;
  /** In bits. */
  readonly length: number;
}

/** An interface address: like a prefix, but host bits may be set (`192.168.1.11/24`). */
export function parseInterfaceAddress(text: string): Prefix | undefined {
  const [address, bits, ...more] = text.split("/");
  const ip = parseIp(address!);
  if (!ip || more.length > 0) return undefined;
  const max = isIp4(ip) ? 32 : 128;
  if (bits === undefined) return { ip, length: max };
  if (!/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > max) return undefined;
  return { ip, length: Number(bits) };
}

/** Parses `address/length`, clearing host bits. */
export function parsePrefix(text: string): Prefix | undefined {
  const p = parseInterfaceAddress(text);
  if (!p) return undefined;
  return { ip: maskIp(p.ip, p.length), length: p.length };
}

export function formatPrefix(p: Prefix): string {
  return `${p.ip}/${p.length}`;
}

export function maskIp(ip: Ip, length: number): Ip {
  const b = ipToBytes(ip);
  for (let i = 0; i < b.length; i++) {
    const keep = Math.min(8, Math.max(0, length - i * 8));
    b[i] = b[i]! & (0xff00 >> keep);
  }
  return ipFromBytes(b);
}

export function prefixContains(p: Prefix, ip: Ip): boolean {
  return isIp4(p.ip) === isIp4(ip) && maskIp(ip, p.length) === p.ip;
}
