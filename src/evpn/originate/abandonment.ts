// SPDX-License-Identifier: Apache-2.0
/** From the holder's last word to the end of its quarantine. Not at once, or whoever flaps would go on flapping. */
const abandonedMs = 10_000;

/**
 * The one who had a MAC or an IP in quarantine has let it go. Nobody is left to be protected, and what failed over too often would be a black
 * hole for good where quarantines end by command only: so this one ends soon, whatever the recovery time is.
 */
export function abandon(quarantine: { holder: unknown; until: number | undefined }, now: number): void {
  if (quarantine.holder === undefined) return;
  quarantine.holder = undefined;
  quarantine.until = Math.min(quarantine.until ?? Infinity, now + abandonedMs);
}
