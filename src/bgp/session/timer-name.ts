// SPDX-License-Identifier: Apache-2.0
/** Names one TCP connection for as long as the speaker runs; never used again. */
export type ConnectionId = number;

/**
 * `connect-retry`, `hold`, `keepalive`: RFC 4271 §10, the latter two per connection. `idle-hold`: how long we stay away from
 * a peer after an error (IdleHoldTimer, §8.1.1). `settled`: after it a session counts as stable and earlier errors are forgotten.
 */
export type TimerName = "connect-retry" | "idle-hold" | "settled" | `hold:${ConnectionId}` | `keepalive:${ConnectionId}`;
