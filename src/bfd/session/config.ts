// SPDX-License-Identifier: Apache-2.0

/** What is wished of one session; both sides' wishes make the intervals. */
export interface SessionConfig {
  /** bfd.DesiredMinTxInterval while Up, microseconds, at least 1. */
  readonly desiredMinTx: number;
  /** bfd.RequiredMinRxInterval, microseconds, at least 1. */
  readonly requiredMinRx: number;
  /** bfd.DetectMult, 1…255. */
  readonly detectMultiplier: number;
}

/** A session that is not Up sends no more often than this, microseconds — RFC 5880 §6.8.3. */
export const slowestNeeded = 1_000_000;
