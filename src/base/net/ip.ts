// SPDX-License-Identifier: Apache-2.0
/** An IP address in canonical text: dotted quad, or RFC 5952 for IPv6. Safe as a Map key. */
export type Ip = string & { readonly __ip: never };

export function isIp4(ip: Ip): boolean {
  return !ip.includes(":");
}

/** 4 or 16 octets at `at` as an Ip. */
export function ipFromBytes(b: Uint8Array, at = 0, length = b.length - at): Ip {
  if (length === 4) return `${b[at]}.${b[at + 1]}.${b[at + 2]}.${b[at + 3]}` as Ip;
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((b[at + i]! << 8) | b[at + i + 1]!);
  return formatGroups(groups);
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) shortened. */
function formatGroups(groups: readonly number[]): Ip {
  if (groups[5] === 0xffff && groups.slice(0, 5).every((g) => g === 0)) {
    return `::ffff:${groups[6]! >> 8}.${groups[6]! & 255}.${groups[7]! >> 8}.${groups[7]! & 255}` as Ip;
  }
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > bestLength) [best, bestLength] = [i, n];
    if (n > 0) i += n - 1;
  }
  const hex = (part: readonly number[]): string => part.map((g) => g.toString(16)).join(":");
  if (best < 0) return hex(groups) as Ip;
  return `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}` as Ip;
}

function parse4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const octets: number[] = [];
  for (const p of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(p) || Number(p) > 255) return undefined;
    octets.push(Number(p));
  }
  return octets;
}

function parse6(text: string): number[] | undefined {
  let t = text;
  const v4 = /(^|:)(\d+\.\d+\.\d+\.\d+)$/.exec(t);
  if (v4) {
    const o = parse4(v4[2]!);
    if (!o) return undefined;
    const tail = `${((o[0]! << 8) | o[1]!).toString(16)}:${((o[2]! << 8) | o[3]!).toString(16)}`;
    t = t.slice(0, t.length - v4[2]!.length) + tail;
  }
  const halves = t.split("::");
  if (halves.length > 2) return undefined;
  const read = (s: string): number[] | undefined => {
    if (s === "") return [];
    const out: number[] = [];
    for (const g of s.split(":")) {
      if (!/^[0-9a-f]{1,4}$/i.test(g)) return undefined;
      out.push(Number.parseInt(g, 16));
    }
    return out;
  };
  const head = read(halves[0]!);
  const tail = halves.length === 2 ? read(halves[1]!) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array<number>(missing).fill(0), ...tail];
}

/** Parses and canonicalises; undefined when it is no address (leading zeros and zone ids are not). */
export function parseIp(text: string): Ip | undefined {
  if (text.includes(":")) {
    const groups = parse6(text);
    return groups && formatGroups(groups);
  }
  const octets = parse4(text);
  return octets && (octets.join(".") as Ip);
}

/** Canonical text needs no checks; a table of 20,000 routes has twice as many addresses. */
function octetsOf(ip: Ip): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(4);
  let at = 0;
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i);
    if (code === 46) at++;
    else out[at] = out[at]! * 10 + code - 48;
  }
  if (at !== 3) throw new RangeError(`${ip} is no address`);
  return out;
}

/** 4 or 16 octets. */
export function ipToBytes(ip: Ip): Uint8Array<ArrayBuffer> {
  if (isIp4(ip)) return octetsOf(ip);
  const out = new Uint8Array(16);
  parse6(ip)!.forEach((g, i) => {
    out[i * 2] = g >> 8;
    out[i * 2 + 1] = g & 255;
  });
  return out;
}
