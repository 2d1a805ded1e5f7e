// SPDX-License-Identifier: Apache-2.0
import koffi from "koffi";

/** Only glibc has it; musl gives memory back by itself. */
const trim = (() => {
  try {
    return koffi.load(null).func("int malloc_trim(size_t)") as (keep: number) => number;
  } catch {
    return undefined;
  }
})();

/**
 * Gives the kernel back what was freed: glibc keeps it for each thread that once needed it, and V8's compiler needs some 20 MB for a
 * moment when something becomes hot. Takes 3 to 10 ms.
 */
export function returnFreeMemory(): void {
  trim?.(0);
}

/**
 * The same with V8's heap collected first, where the process was started with `--expose-gc`: an idle process would keep what its start left
 * behind, 15 MB of an agent's. Takes some 20 ms, in which nobody else has a turn.
 */
export function returnStartMemory(): void {
  globalThis.gc?.();
  returnFreeMemory();
}
