// SPDX-License-Identifier: Apache-2.0

export type DoctorErrorCode =
  /** What was to mend a finding failed. */
  | "WEFT_DOCTOR_FIX"
  /** A name given to `weft doctor mtu` stands for nothing that the agent knows, or for nothing that can be probed from here. */
  | "WEFT_DOCTOR_TARGET";

/** What the doctor could not do. */
export class DoctorError extends Error {
  readonly code: DoctorErrorCode;
  constructor(code: DoctorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DoctorError";
    this.code = code;
  }
}
