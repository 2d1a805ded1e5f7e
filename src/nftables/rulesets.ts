// SPDX-License-Identifier: Apache-2.0
import { digestOf } from "./digest.ts";
import { NftablesError } from "./errors.ts";
import { ownerChain, replaceTransaction, updateTransaction } from "./format.ts";
import { runNft } from "./library.ts";
import { type Listing, markPrefix, readListing } from "./listing.ts";
import { type Table, tableName } from "./table.ts";

/**
 * Where a table of ours stands. `ours` with `current`: it is what somebody of us wrote with this digest, and nobody changed it since.
 */
export type TableState =
  | { readonly kind: "absent" }
  | { readonly kind: "foreign" }
  | { readonly kind: "ours"; readonly current: string | undefined };

/**
 * The note of what was written, in the table itself, so that the next process knows it without writing it again: an empty chain whose
 * name holds the digest of what we wrote and that of what the kernel made of it. Somebody's change makes the second one a lie.
 */
function markOf(written: string, listed: string): string {
  return `${markPrefix}${written}_as_${listed}`;
}

function currentOf(listing: Listing): string | undefined {
  const marks = [...listing.chains.keys()].filter((c) => c.startsWith(markPrefix));
  const [written, listed] = marks[0]?.slice(markPrefix.length).split("_as_") ?? [];
  return marks.length === 1 && listed === listing.digest ? written : undefined;
}

/** `nft list table`, with elements and counts. @returns undefined when it is not there. @throws NftablesError */
export function listTable(namespace: string | undefined, table: Pick<Table, "family" | "name">): Listing | undefined {
  try {
    return readListing(runNft(namespace, `list table ${tableName(table)}\n`, { json: true }));
  } catch (e) {
    if (e instanceof NftablesError && e.errnoName === "ENOENT" && e.code === "WEFT_NFT_REFUSED") return undefined;
    throw e;
  }
}

/** @throws NftablesError */
export function stateOf(namespace: string | undefined, table: Pick<Table, "family" | "name">): TableState {
  const listing = listTable(namespace, table);
  if (!listing) return { kind: "absent" };
  if (!listing.chains.has(ownerChain)) return { kind: "foreign" };
  return { kind: "ours", current: currentOf(listing) };
}

/**
 * Makes a table be what is wanted, as one transaction. Counters and dynamic sets of the table that is there go on where its shape allows.
 * @throws NftablesError; then the table is as it was
 */
export function writeTable(namespace: string | undefined, table: Table): void {
  const present = listTable(namespace, table);
  if (present && !present.chains.has(ownerChain))
    throw new NftablesError("WEFT_NFT_REFUSED", `table ${tableName(table)} exists and was not made by the agent`, "EEXIST");
  try {
    runNft(namespace, updateTransaction(table, present));
  } catch (e) {
    if (!present || !(e instanceof NftablesError) || isAboutHost(e)) throw e;
    replace(namespace, table, e);
  }
  const listed = listTable(namespace, table);
  if (listed) runNft(namespace, `add chain ${tableName(table)} ${markOf(digestOf(table), listed.digest)}\n`);
}

/** No memory, no right, no library: nothing of it is better with another transaction. */
function isAboutHost({ code, errnoName }: NftablesError): boolean {
  return code !== "WEFT_NFT_REFUSED" || ["EPERM", "ENOMEM", "ENOBUFS", "EMSGSIZE", "ENFILE"].includes(errnoName);
}

/** A set or a hook of another kind stands under a name of ours: an older version of us, or somebody's hand. @throws NftablesError with both refusals */
function replace(namespace: string | undefined, table: Table, refused: NftablesError): void {
  try {
    runNft(namespace, replaceTransaction(table));
  } catch (e) {
    // The first may be about what is there, the second about what is wanted.
    if (!(e instanceof NftablesError)) throw e;
    const { code, message, errnoName } = refused;
    const both = e.message === message ? message : `${message}; made anew: ${e.message}`;
    throw new NftablesError(code, both, errnoName, { cause: e });
  }
}

/** Takes a table of ours away; nothing happens when it is not there or somebody else's. @throws NftablesError */
export function removeTable(namespace: string | undefined, table: Pick<Table, "family" | "name">): void {
  if (stateOf(namespace, table).kind !== "ours") return;
  runNft(namespace, `delete table ${tableName(table)}\n`);
}
