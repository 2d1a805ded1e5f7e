// SPDX-License-Identifier: Apache-2.0
import koffi from "koffi";
import { setSocketOption } from "./libc.ts";

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;

/** `struct sock_filter`: one instruction of classic BPF (linux/filter.h). */
export type FilterStep = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

/** From now on the socket gets only what the program lets through. @throws SystemCallError `EINVAL` for a program that the kernel refuses */
export function attachFilter(fd: number, steps: readonly FilterStep[]): void {
  const code = Buffer.alloc(steps.length * 8);
  steps.forEach(([op, ifTrue, ifFalse, k], i) => {
    code.writeUInt16LE(op, i * 8);
    code.writeUInt8(ifTrue, i * 8 + 2);
    code.writeUInt8(ifFalse, i * 8 + 3);
    code.writeUInt32LE(k, i * 8 + 4);
  });
  const program = Buffer.alloc(16); // struct sock_fprog
  program.writeUInt16LE(steps.length, 0);
  program.writeBigUInt64LE(koffi.address(code), 8);
  setSocketOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, "setsockopt SO_ATTACH_FILTER");
}

/** @throws SystemCallError `ENOENT` when there is no filter */
export function detachFilter(fd: number): void {
  setSocketOption(fd, SOL_SOCKET, SO_DETACH_FILTER, 0, "setsockopt SO_DETACH_FILTER");
}
