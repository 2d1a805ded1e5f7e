// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Prefix } from "../../base/net/prefix.ts";

/** Which tables a station is told of: RFC 7854 §5, RFC 9069, RFC 8671. */
export type MonitoredTable = "pre-policy" | "post-policy" | "loc-rib" | "adj-rib-out";

/** A monitoring station. Times in seconds. */
export interface StationConfig {
  readonly address: Ip;
  readonly port: number;
  readonly localAddress?: Ip;
  readonly tables: readonly MonitoredTable[];
  /** Only these peers; undefined: all. */
  readonly peers?: readonly Prefix[];
  /** Between the first attempts to connect; doubled each time, up to 12 minutes — RFC 7854 §3.2. */
  readonly reconnect: number;
  /** Between statistics reports; 0: none. */
  readonly statistics: number;
  /** Octets that may wait for it. */
  readonly queue: number;
}
