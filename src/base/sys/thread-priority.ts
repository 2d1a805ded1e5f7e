// SPDX-License-Identifier: Apache-2.0
import { libc } from "./libc.ts";

const PRIO_PROCESS = 0;
/** On Linux the calling thread: setpriority(2), "C library/kernel differences". */
const thisThread = 0;

/** Sets the nice value of the calling thread. @returns whether the kernel allowed it: a lower one takes CAP_SYS_NICE */
export function setThreadNice(nice: number): boolean {
  return libc.setPriority(PRIO_PROCESS, thisThread, nice) === 0;
}
