// SPDX-License-Identifier: Apache-2.0
import { inSysctl } from "../../base/sys/sysctl-name.ts";
import type { ActualLink } from "../kernel/actual.ts";
import { ownAlias } from "../ownership.ts";

type HostLink = Pick<ActualLink, "name" | "alias" | "master">;

/** What is so with forwarding in the host namespace; undefined: the kernel does not say. */
export interface HostForwarding {
  /** The host forwards from an interface that is neither the public one nor ours: then somebody routes here, and between what is his business. */
  readonly ip4: boolean | undefined;
  readonly ip6: boolean | undefined;
  /** The kernel forwards IPv6 by interface (`force_forwarding`, from 6.17): before, it does so for all of them or for none. */
  readonly byInterface6: boolean;
}

/**
 * Whether somebody else routes on this host. Our own doing shows at the public interface and the links only, and with IPv6 of older
 * kernels at all interfaces, which `changed` remembers.
 * @param read a sysctl of the host namespace. @param changed whether a sysctl has its value from us
 */
export function hostForwarding(
  links: readonly HostLink[],
  publicInterface: string,
  read: (name: string) => string | undefined,
  changed: (name: string) => boolean,
): HostForwarding {
  // Nothing comes in by IP at a port of a bridge.
  const others = links.filter(({ name, alias, master }) => name !== publicInterface && alias !== ownAlias && master === 0);
  const anyHas = (family: string, key: string): boolean =>
    others.some(({ name }) => read(`net.${family}.conf.${inSysctl(name)}.${key}`) === "1");
  const all4 = read("net.ipv4.ip_forward");
  const all6 = read("net.ipv6.conf.all.forwarding");
  const byInterface6 = read("net.ipv6.conf.all.force_forwarding") !== undefined;
  const isRouter6 = all6 !== "0" && !changed("net.ipv6.conf.all.forwarding");
  return {
    ip4: all4 === undefined ? undefined : all4 !== "0" || anyHas("ipv4", "forwarding"),
    ip6: all6 === undefined ? undefined : isRouter6 || (byInterface6 && anyHas("ipv6", "force_forwarding")),
    byInterface6,
  };
}
