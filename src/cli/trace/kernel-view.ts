// SPDX-License-Identifier: Apache-2.0
import { namespacePath } from "../../base/sys/namespace.ts";
import { NetlinkError } from "../../netlink/errors.ts";
import { NetlinkConnection } from "../../netlink/socket/netlink-connection.ts";
import type { KernelView, TraceHop } from "./trace-route.ts";

/** Asks the kernel of this host; RTM_GETROUTE changes nothing. */
export class KernelLookups implements KernelView {
  readonly #conns = new Map<string | null, NetlinkConnection>();

  route({ namespace, from, iif, to }: Parameters<KernelView["route"]>[0]): TraceHop | string {
    const conn = this.#conn(namespace);
    const [device] = conn.dump("link", { name: iif });
    if (!device) return `${iif} is not there`;
    try {
      const route = conn.lookup({ from, to, ifindex: device.ifindex });
      if (route.type !== "unicast") return route.type;
      const [hop] = route.hops;
      const [out] = hop?.ifindex === undefined ? [] : conn.dump("link", { ifindex: hop.ifindex });
      return { via: hop?.gateway, dev: out?.name ?? "?" };
    } catch (e) {
      if (e instanceof NetlinkError) return e.errnoName;
      throw e;
    }
  }

  forwarding({ namespace, vxlan, mac }: Parameters<KernelView["forwarding"]>[0]): string | undefined {
    const conn = this.#conn(namespace);
    const [device] = conn.dump("link", { name: vxlan });
    if (!device) return undefined;
    return conn.dump("fdb", { ifindex: device.ifindex }).find((e) => e.mac === mac && e.dst !== undefined)?.dst;
  }

  #conn(namespace: string | null): NetlinkConnection {
    let conn = this.#conns.get(namespace);
    if (!conn) {
      conn = new NetlinkConnection(namespace === null ? {} : { namespace: namespacePath(namespace) });
      this.#conns.set(namespace, conn);
    }
    return conn;
  }

  close(): void {
    for (const conn of this.#conns.values()) conn.close();
  }
}
