// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { NetlinkConn } from "../../netlink/socket/conn.ts";
import { hostNamespace } from "../desired/object.ts";
import type { Mirror } from "../kernel/mirror.ts";

/** `ip addr show dev NAME`; undefined when there is no such device. */
export function addressesOf(conn: NetlinkConn, mirror: Mirror, name: string): readonly Ip[] | undefined {
  const ifindex = mirror.link(hostNamespace, name)?.index;
  if (ifindex === undefined) return undefined;
  return conn.dump("address", { ifindex }).map((a) => a.ip);
}
