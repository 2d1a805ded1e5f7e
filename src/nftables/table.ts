// SPDX-License-Identifier: Apache-2.0
/** A table of nftables as plain data. Rules, types and elements are in the words of nft(8). */

export type TableFamily = "ip" | "ip6" | "inet" | "bridge" | "netdev";

export interface Table {
  readonly family: TableFamily;
  readonly name: string;
  /** Named counters: they outlive every change of the rules. */
  readonly counters: readonly string[];
  readonly sets: readonly TableSet[];
  readonly maps: readonly TableMap[];
  readonly chains: readonly Chain[];
}

export interface TableSet {
  readonly name: string;
  /** `type ifname`, `typeof ip daddr . tcp dport` */
  readonly type: string;
  /** Filled by packets, not by us: its elements are left alone. */
  readonly dynamic?: true;
  /** Holds prefixes or ranges. */
  readonly interval?: true;
  /** Most elements; needed where packets fill it. */
  readonly size?: number;
  readonly elements: readonly string[];
}

export interface TableMap {
  readonly name: string;
  /** `type ipv4_addr : ipv4_addr` */
  readonly type: string;
  readonly interval?: true;
  /** Each element counts the packets that found it. */
  readonly counted?: true;
  readonly elements: readonly (readonly [key: string, value: string])[];
}

export interface Chain {
  readonly name: string;
  /** Absent: only jumped to. */
  readonly hook?: { readonly type: "filter" | "nat" | "route"; readonly hook: string; readonly priority: string };
  readonly rules: readonly string[];
}

/** `inet weft_nat` */
export function tableName(table: Pick<Table, "family" | "name">): string {
  return `${table.family} ${table.name}`;
}
