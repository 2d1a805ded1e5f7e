// SPDX-License-Identifier: Apache-2.0

/** Why a recording cannot be made or read. */
export type RecordingErrorCode =
  /** The file cannot be created or read. */
  | "WEFT_RECORDING_FILE"
  /** The file is no recording, or a line in it is damaged. */
  | "WEFT_RECORDING_MALFORMED"
  /** The recording has a form that this version does not know. */
  | "WEFT_RECORDING_VERSION";

export class RecordingError extends Error {
  readonly code: RecordingErrorCode;
  constructor(code: RecordingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RecordingError";
    this.code = code;
  }
}
