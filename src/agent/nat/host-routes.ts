// SPDX-License-Identifier: Apache-2.0
import { inSysctl } from "../../base/sys/sysctl-name.ts";
import type { ActualLink } from "../kernel/actual.ts";
import { ownAlias } from "../ownership.ts";

/**
 * Whether the host forwards IPv4 from an interface that is neither the public one nor ours: then somebody routes here, and between what
 * is his business. Our own doing shows at the public interface and the links only.
 * @param read a sysctl of the host namespace. @returns undefined when the kernel does not say
 */
export function hostRoutes(
  links: Iterable<Pick<ActualLink, "name" | "alias" | "master">>,
  publicInterface: string,
  read: (name: string) => string | undefined,
): boolean | undefined {
  const all = read("net.ipv4.ip_forward");
  if (all !== "0") return all === undefined ? undefined : true;
  for (const { name, alias, master } of links) {
    // Nothing comes in by IP at a port of a bridge.
    if (name === publicInterface || alias === ownAlias || master !== 0) continue;
    if (read(`net.ipv4.conf.${inSysctl(name)}.forwarding`) === "1") return true;
  }
  return false;
}
