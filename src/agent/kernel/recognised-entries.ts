// SPDX-License-Identifier: Apache-2.0
import { ipFromBytes } from "../../base/net/ip.ts";
import type { MacMap } from "../../base/net/mac-map.ts";
import { AF_BRIDGE } from "../../netlink/route/family.ts";
import { NTF_EXT_LEARNED, NTF_SELF, NUD_NOARP, NUD_PERMANENT } from "../../netlink/route/neighbour-flags.ts";
import * as nda from "../../netlink/route/neighbour-message.ts";
import type { Message } from "../../netlink/wire/message.ts";
import { u16At, u32At } from "../../netlink/wire/scalar.ts";
import type { BridgeEntry, VxlanEntry } from "./actual.ts";
import type { NamespaceTables } from "./namespace-tables.ts";
import { ownBridgeEntry, ownVxlanEntry } from "./own-entries.ts";

type Table = "bridge-entry" | "vxlan-entry";
/** Gives where to note that the dump has a MAC; undefined for a device that is not looked at. */
type NoteOf = (table: Table, index: number) => MacMap<true> | undefined;

/**
 * Recognises the octets of remote MACs of ours that the kernel has just as the mirror does, which in an audit are nearly all: no object and no string
 * is made for them (bench/figures/repair.ts). What it does not recognise is decoded, and judged by what `translate` makes of it.
 */
export class RecognisedEntries {
  readonly #tables: NamespaceTables;
  readonly #noteOf: NoteOf;
  readonly #entries = new Map<number, VxlanEntry>();
  /** Of the device of the last message: a dump goes through one after the other. */
  #recent: { readonly table: Table; readonly index: number; readonly note: MacMap<true> | undefined } | undefined;

  constructor(tables: NamespaceTables, noteOf: NoteOf) {
    this.#tables = tables;
    this.#noteOf = noteOf;
  }

  /** Notes that the dump has the entry, if it is one of those. */
  take({ bytes, start, end, type }: Message): boolean {
    const attributes = start + nda.neighbourHeaderLength;
    if (type !== nda.RTM_NEWNEIGH || attributes > end || bytes[start] !== AF_BRIDGE) return false;
    const flags = bytes[start + 10]!;
    if ((flags & NTF_EXT_LEARNED) === 0 || (u16At(bytes, start + 8) & (NUD_PERMANENT | NUD_NOARP)) !== 0) return false;
    let mac = 0;
    let dst = 0;
    let bridge = 0;
    for (let at = attributes; at + 4 <= end;) {
      const size = u16At(bytes, at);
      if (size < 4 || at + size > end) return false;
      const kind = u16At(bytes, at + 2);
      if (kind === nda.NDA_LLADDR && size === 10) mac = at + 4;
      else if (kind === nda.NDA_DST && size === 8) dst = at + 4;
      else if (kind === nda.NDA_MASTER && size === 8) bridge = u32At(bytes, at + 4);
      else if (kind !== nda.NDA_CACHEINFO && kind !== nda.NDA_FLAGS_EXT) return false;
      at += (size + 3) & ~3;
    }
    if (mac === 0) return false;
    const high = (bytes[mac]! << 8) | bytes[mac + 1]!;
    const low = ((bytes[mac + 2]! << 24) | (bytes[mac + 3]! << 16) | (bytes[mac + 4]! << 8) | bytes[mac + 5]!) >>> 0;
    const index = u32At(bytes, start + 4);
    if ((flags & NTF_SELF) === 0) return this.#known("bridge-entry", bridge, high, low, ownBridgeEntry(index));
    return dst !== 0 && this.#known("vxlan-entry", index, high, low, this.#entryTo(bytes, dst));
  }

  #known(table: Table, index: number, high: number, low: number, entry: BridgeEntry | VxlanEntry): boolean {
    const known = table === "bridge-entry" ? this.#tables.bridges.get(index) : this.#tables.vxlans.get(index);
    // The same value, not only an equal one: see `own-entries.ts`.
    if (known?.getAt(high, low) !== entry) return false;
    if (this.#recent?.table !== table || this.#recent.index !== index) this.#recent = { table, index, note: this.#noteOf(table, index) };
    this.#recent.note?.setAt(high, low, true);
    return true;
  }

  #entryTo(bytes: Uint8Array, at: number): VxlanEntry {
    const address = u32At(bytes, at);
    let entry = this.#entries.get(address);
    if (!entry) this.#entries.set(address, (entry = ownVxlanEntry(ipFromBytes(bytes, at, 4), undefined)));
    return entry;
  }
}
