// SPDX-License-Identifier: Apache-2.0
/** KEEPALIVE: a header and nothing else — RFC 4271 §4.4. */
export interface Keepalive {
  readonly kind: "keepalive";
}

export const keepalive: Keepalive = { kind: "keepalive" };
