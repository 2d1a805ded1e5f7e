// SPDX-License-Identifier: Apache-2.0
/** What the lab refuses or fails at. `code` is stable, the message names the thing and what to do. */
export class LabError extends Error {
  readonly code: LabErrorCode;
  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LabError";
    this.code = code;
  }
}

export type LabErrorCode =
  /** The topology contradicts itself. */
  | "WEFT_LAB_TOPOLOGY"
  /** A lab or a namespace of that name is there already. */
  | "WEFT_LAB_EXISTS"
  /** No such lab, node, workload or link. */
  | "WEFT_LAB_UNKNOWN"
  /** Not root. */
  | "WEFT_LAB_PERMISSION"
  /** The kernel lacks what a lab is made of, or a program is not installed. */
  | "WEFT_LAB_UNSUPPORTED"
  /** A command of the system failed. */
  | "WEFT_LAB_COMMAND"
  /** A process did not come up or ended. */
  | "WEFT_LAB_PROCESS"
  /** Something did not happen in time. */
  | "WEFT_LAB_TIMEOUT";
