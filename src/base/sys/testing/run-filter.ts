// SPDX-License-Identifier: Apache-2.0
import type { FilterStep } from "../socket-filter.ts";

/** Runs a socket filter as the kernel does, for the instructions that ours use. @returns octets of the datagram that are let through */
export function runFilter(filter: readonly FilterStep[], datagram: Uint8Array): number {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  let a = 0;
  for (let pc = 0; ; pc++) {
    const [code, ifTrue, ifFalse, k] = filter[pc]!;
    if (code === 0x06) return k;
    if (code === 0x30 || code === 0x28) {
      const octets = code === 0x30 ? 1 : 2;
      if (k + octets > datagram.length) return 0;
      a = octets === 1 ? view.getUint8(k) : view.getUint16(k);
    } else if (code === 0x15) pc += a === k ? ifTrue : ifFalse;
    else if (code === 0x45) pc += (a & k) === 0 ? ifFalse : ifTrue;
    else throw new Error(`unknown instruction ${code}`);
  }
}
