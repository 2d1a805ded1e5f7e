// SPDX-License-Identifier: Apache-2.0

/** Why a datagram to a BFD port changed nothing: each has a count in `weft_bfd_discards_total`. */
export const discards = {
  "bad-version": "not version 1 — RFC 5880 §6.8.6",
  "bad-length": "shorter than its length field says, or than the header — RFC 5880 §6.8.6",
  "zero-multiplier": "Detect Mult is 0 — RFC 5880 §6.8.6",
  multipoint: "the Multipoint bit is set — RFC 5880 §6.8.6",
  "zero-my-discriminator": "My Discriminator is 0 — RFC 5880 §6.8.6",
  "zero-your-discriminator": "Your Discriminator is 0 in a state other than Down and AdminDown — RFC 5880 §6.8.6",
  authenticated: "carries authentication, which we do not use — RFC 5880 §6.8.6",
  "unknown-discriminator": "Your Discriminator is none of ours — RFC 5880 §6.8.6",
  "unknown-peer": "Your Discriminator is 0, and no session is with that address — RFC 5880 §6.8.6",
  "foreign-address": "our discriminator, but from or to an address that is not the session's",
  "low-ttl": "TTL or Hop Limit below 255 on the single-hop port — RFC 5881 §5",
  "admin-down": "the session is administratively down here — RFC 5880 §6.8.6",
} as const;

export type Discard = keyof typeof discards;
