// SPDX-License-Identifier: Apache-2.0

/** RFC 5881 §4, RFC 5883 §5. */
export const singleHopPort = 3784;
export const multihopPort = 4784;

/** RFC 5881 §4: a session's packets come from one port of this range, for as long as the session lasts. */
const [firstSource, lastSource] = [49_152, 65_535];

/** @param random from 0 up to 1 */
export function sourcePort(random: number): number {
  return firstSource + Math.floor(random * (lastSource - firstSource + 1));
}
