// SPDX-License-Identifier: Apache-2.0
import type { TableFamily } from "./table.ts";

/** nlmsghdr, and with nfgenmsg behind it (linux/netlink.h, linux/netfilter/nfnetlink.h). */
const [headerSize, headSize] = [16, 20];
const NFNL_SUBSYS_NFTABLES = 10;
/** Ends a transaction: generation, and the process that made it. */
const NFT_MSG_NEWGEN = 15;
const NFTA_GEN_PROC_PID = 2;
/** The first attribute of every other message, NFTA_RULE_TABLE and its like. */
const NFTA_TABLE_NAME = 1;

/** NFPROTO_* */
const families: Readonly<Record<number, TableFamily>> = { 1: "inet", 2: "ip", 5: "netdev", 7: "bridge", 10: "ip6" };

/** Reads notices of nf_tables: which tables other processes changed. What one transaction changed is told at its end, with who made it. */
export class TableChanges {
  readonly #own: number;
  readonly #open = new Set<string>();
  readonly #done = new Set<string>();

  /** @param own process whose transactions are passed over */
  constructor(own: number) {
    this.#own = own;
  }

  /** One datagram of whole messages; what is cut off is passed over. */
  read(datagram: Uint8Array): void {
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    for (let at = 0; at + headSize <= datagram.length;) {
      const length = view.getUint32(at, true);
      const type = view.getUint16(at + 4, true);
      if (length < headSize || at + length > datagram.length) return;
      if (type >> 8 === NFNL_SUBSYS_NFTABLES) this.#message(type & 0xff, datagram.subarray(at, at + length));
      at += (length + 3) & ~3;
    }
  }

  /** Tables of finished transactions, each as `inet weft_nat`. */
  take(): readonly string[] {
    const tables = [...this.#done];
    this.#done.clear();
    return tables;
  }

  #message(type: number, message: Uint8Array): void {
    if (type === NFT_MSG_NEWGEN) {
      const pid = attribute(message, NFTA_GEN_PROC_PID);
      const isOwn = pid?.length === 4 && new DataView(pid.buffer, pid.byteOffset).getUint32(0) === this.#own;
      if (!isOwn) for (const table of this.#open) this.#done.add(table);
      this.#open.clear();
      return;
    }
    const family = families[message[headerSize]!];
    const name = attribute(message, NFTA_TABLE_NAME);
    if (family !== undefined && name) this.#open.add(`${family} ${Buffer.from(name).toString().replace(/\0.*$/s, "")}`);
  }
}

/** Value of the first attribute of this type. */
function attribute(message: Uint8Array, wanted: number): Uint8Array | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  for (let at = headSize; at + 4 <= message.length;) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > message.length) return undefined;
    if ((view.getUint16(at + 2, true) & 0x3fff) === wanted) return message.subarray(at + 4, at + length);
    at += (length + 3) & ~3;
  }
  return undefined;
}
