// SPDX-License-Identifier: Apache-2.0

/** The second run asked something that the recording has no answer to: it decides otherwise, or is of another version. */
export class ReplayError extends Error {
  readonly code = "WEFT_REPLAY_UNANSWERED";
  constructor(question: string) {
    super(`the recording has no answer to: ${question}`);
    this.name = "ReplayError";
  }
}
