// SPDX-License-Identifier: Apache-2.0
import { type ConfigPath, formatPath } from "./problem.ts";
import type { Complain } from "./read-file.ts";

/** Complains about every item whose key an earlier one has; items without a key are left alone. */
export function checkUnique<T>(
  items: readonly T[],
  key: (item: T) => string | number | undefined,
  what: string,
  path: (i: number) => ConfigPath,
  complain: Complain,
): void {
  const first = new Map<string | number, number>();
  items.forEach((item, i) => {
    const k = key(item);
    if (k === undefined) return;
    const earlier = first.get(k);
    if (earlier === undefined) first.set(k, i);
    else complain("WEFT_CONFIG_DUPLICATE", path(i), `${what} ${k} is already at ${formatPath(path(earlier))}`, "each must be unique");
  });
}
