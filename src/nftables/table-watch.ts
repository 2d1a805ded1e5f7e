// SPDX-License-Identifier: Apache-2.0
import { DatagramWatch } from "../base/sys/datagram-watch.ts";
import { AF_NETLINK, check, libc, setSocketOption, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from "../base/sys/libc.ts";
import { inNamespace } from "../base/sys/namespace.ts";
import { TableChanges } from "./table-changes.ts";

const NETLINK_NETFILTER = 12;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NFNLGRP_NFTABLES = 7;
/** The kernel's own limit for what it puts into one datagram (NLMSG_GOODSIZE). */
const datagramSize = 8192;

export interface TableWatch {
  close(): void;
}

/**
 * Hears of every change of nftables in a namespace (a path; undefined: the own) that another process makes. Twin: `nft monitor`.
 * @param onChange is given what changed, each as `inet weft_nat`; null: notices were lost, so anything may have changed
 * @throws SystemCallError
 */
export function watchTables(namespace: string | undefined, onChange: (tables: readonly string[] | null) => void): TableWatch {
  const type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const fd = inNamespace(namespace, () => check(libc.socket(AF_NETLINK, type, NETLINK_NETFILTER), "socket NETLINK_NETFILTER"));
  try {
    const address = new Uint8Array(12); // struct sockaddr_nl: family, port id chosen by the kernel, no legacy groups
    address[0] = AF_NETLINK;
    check(libc.bind(fd, address, address.length), "bind NETLINK_NETFILTER");
    setSocketOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES, "join NFNLGRP_NFTABLES");
  } catch (e) {
    libc.close(fd);
    throw e;
  }
  const changes = new TableChanges(process.pid);
  const handlers = {
    onDatagrams: (batch: readonly Uint8Array[]): void => {
      for (const datagram of batch) changes.read(datagram);
      const tables = changes.take();
      if (tables.length > 0) onChange(tables);
    },
    onError: (): void => onChange(null),
  };
  return new DatagramWatch(fd, handlers, datagramSize);
}
