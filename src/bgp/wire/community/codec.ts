// SPDX-License-Identifier: Apache-2.0
/** One row of the table of extended communities. */
export interface ExtendedCommunityCodec<C> {
  /** `type << 8 | sub-type` of every form — IANA "BGP Extended Communities". */
  readonly codes: readonly number[];
  /** Reads the eight octets at `at`; undefined when a value could not give them back exactly. */
  decode(b: Uint8Array, at: number): C | undefined;
  /** Eight octets. */
  encode(community: C): Uint8Array<ArrayBuffer>;
  /** For people. */
  format(community: C): string;
}
