// SPDX-License-Identifier: Apache-2.0

export function sameList<T>(a: readonly T[], b: readonly T[], isSame: (x: T, y: T) => boolean = Object.is): boolean {
  return a.length === b.length && a.every((item, i) => isSame(item, b[i]!));
}
