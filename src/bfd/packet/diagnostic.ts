// SPDX-License-Identifier: Apache-2.0

/** Why a session last left the Up state — RFC 5880 §4.1, registry of IANA; the index is the code. */
const names = [
  "none",
  "detection-time-expired",
  "echo-failed",
  "neighbor-signaled-down",
  "forwarding-plane-reset",
  "path-down",
  "concatenated-path-down",
  "administratively-down",
  "reverse-concatenated-path-down",
] as const;

export const diagnostic = {
  none: 0,
  detectionTimeExpired: 1,
  neighborSignaledDown: 3,
  administrativelyDown: 7,
} as const;

/** `1` → `detection-time-expired`; codes that nobody assigned: `diagnostic 31`. */
export function diagnosticName(code: number): string {
  return names[code] ?? `diagnostic ${code}`;
}
