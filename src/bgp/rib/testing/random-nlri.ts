// SPDX-License-Identifier: Apache-2.0
import type { Random } from "./random.ts";

/**
 * Octets that tell one route from another, written apart from the code under test: RFC 7432 §7.1–7.4, RFC 9136 §3.1,
 * RFC 9251 §9.1; all octets of types that nobody knows.
 */
export function keyText(nlri: readonly number[] | Uint8Array): string {
  const [type, , ...v] = [...nlri];
  const hex = (list: readonly number[]): string => Buffer.from(list).toString("hex");
  if (type === 1) return `1:${hex(v.slice(0, 22))}`;
  if (type === 2) return `2:${hex([...v.slice(0, 8), ...v.slice(18, 30 + v[29]! / 8)])}`;
  if (type === 5) return `5:${hex([...v.slice(0, 8), ...v.slice(18, v.length === 34 ? 27 : 39)])}`;
  if (type === 6) return `6:${hex(v.slice(0, -1))}`;
  return `${type}:${hex(v)}`;
}

const fill = (n: number, value: number): number[] => Array.from({ length: n }, () => value);

/** Few keys, so that peers collide; what is outside the key varies. */
export function randomNlri(random: Random): number[] {
  const rd = [0, 1, 10, 0, 0, random(2), 0, 7];
  const esi = random(3) > 0 ? fill(10, 0) : [0, 1, 2, 3, 4, 5, 6, 7, 8, random(3)];
  const tag = [0, 0, 0, random(2)];
  const label = [0, random(4), random(2) * 16];
  const type = [2, 2, 2, 2, 2, 3, 1, 5, 4, 6, 77][random(11)]!;
  const value = valueOf(type, random, { rd, esi, tag, label });
  return [type, value.length, ...value];
}

interface Parts {
  readonly rd: readonly number[];
  readonly esi: readonly number[];
  readonly tag: readonly number[];
  readonly label: readonly number[];
}

function valueOf(type: number, random: Random, { rd, esi, tag, label }: Parts): number[] {
  switch (type) {
    case 1:
      return [...rd, ...fill(9, 1), random(3), ...tag, ...label];
    case 2: {
      const ip = [[], [10, 0, 0, random(3)], [0x20, 1, ...fill(13, 0), random(2)]][random(3)]!;
      const second = random(3) > 0 ? [] : [1, 2, random(2)];
      return [...rd, ...esi, ...tag, 48, 2, 0, 0, 0, 0, random(6), ip.length * 8, ...ip, ...label, ...second];
    }
    case 3: {
      const ip = random(2) > 0 ? [10, 1, 1, random(3)] : [...fill(15, 1), random(3)];
      return [...rd, ...tag, ip.length * 8, ...ip];
    }
    case 4:
      return [...rd, ...fill(9, 2), random(2), 32, 10, 0, 0, random(2)];
    case 5: {
      const n = random(2) > 0 ? 4 : 16;
      return [...rd, ...esi, ...tag, 16, random(3), ...fill(n - 1, 0), ...fill(n - 1, 0), random(3), ...label];
    }
    case 6:
      return [...rd, ...tag, 0, 32, 239, 0, 0, random(2), 32, 10, 0, 0, 1, random(3)];
    default:
      return [random(4), random(2), ...fill(random(3), 7)];
  }
}
