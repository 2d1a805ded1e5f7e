// SPDX-License-Identifier: Apache-2.0
import type { NetlinkConn } from "../../netlink/socket/conn.ts";
import type { NatFacts } from "../desired/nat/resolve-nat.ts";
import { hostNamespace } from "../desired/object.ts";
import type { KernelOptions } from "../kernel/kernel.ts";
import { hostRoutes } from "./host-routes.ts";

/** What is so at the public side of this host. */
export type PublicSide = Pick<NatFacts, "addresses" | "routes">;

export const noPublicSide: PublicSide = { addresses: undefined, routes: undefined };

/** @param name of the public interface; undefined: none is configured */
export function readPublicSide(
  conn: NetlinkConn,
  { mirror, sysctls }: Pick<KernelOptions, "mirror" | "sysctls">,
  name: string | undefined,
): PublicSide {
  if (name === undefined) return noPublicSide;
  const ifindex = mirror.link(hostNamespace, name)?.index;
  return {
    addresses: ifindex === undefined ? undefined : conn.dump("address", { ifindex }).map((a) => a.ip),
    routes: hostRoutes(mirror.links(hostNamespace), name, (path) => sysctls.read(hostNamespace, path)),
  };
}
