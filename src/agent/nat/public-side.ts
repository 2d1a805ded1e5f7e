// SPDX-License-Identifier: Apache-2.0
import type { NetlinkConn } from "../../netlink/socket/conn.ts";
import type { NatFacts } from "../desired/nat/resolve-nat.ts";
import { hostNamespace, keyOf } from "../desired/object.ts";
import type { KernelOptions } from "../kernel/kernel.ts";
import { hostForwarding } from "./host-forwarding.ts";

/** What is so at the public side of this host. */
export type PublicSide = Pick<NatFacts, "addresses" | "forwarding" | "strictReversePath" | "bridges">;

export const noPublicSide: PublicSide = { addresses: undefined };

/** @param name of the public interface; undefined: none is configured */
export function readPublicSide(
  conn: NetlinkConn,
  { mirror, sysctls }: Pick<KernelOptions, "mirror" | "sysctls">,
  name: string | undefined,
): PublicSide {
  if (name === undefined) return noPublicSide;
  const ifindex = mirror.link(hostNamespace, name)?.index;
  const links = mirror.links(hostNamespace);
  return {
    addresses: ifindex === undefined ? undefined : conn.dump("address", { ifindex }).map((a) => a.ip),
    forwarding: hostForwarding(
      links,
      name,
      (path) => sysctls.read(hostNamespace, path),
      (path) => mirror.fact(keyOf({ kind: "sysctl", ns: hostNamespace, path })) !== undefined,
    ),
    strictReversePath: sysctls.read(hostNamespace, "net.ipv4.conf.all.rp_filter") === "1",
    bridges: links.filter((l) => l.bridge).map((l) => l.name),
  };
}
