// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { DumpFilters } from "../../netlink/route/dump.ts";
import type { Link } from "../../netlink/route/link.ts";
import { encodeRequest, type NetlinkObject, type NetlinkObjects, type NetlinkRequest } from "../../netlink/route/request.ts";
import type { NetlinkConn, NetlinkResult, Subscription } from "../../netlink/socket/conn.ts";
import { MessageWriter } from "../../netlink/wire/message-writer.ts";

/** One bridge with a VXLAN device as its port. */
interface PaperDevices {
  readonly bridge: string;
  readonly vxlan: string;
  readonly vni: number;
}

const bridgeIndex = 2;
const vxlanIndex = 3;
/** Octets of messages until the sheet is full and begun anew. */
const sheet = 1 << 13;

/** A kernel that has two devices and writes down what it is asked to do: for the agent to practise on before it begins. */
export class PaperKernel implements NetlinkConn {
  readonly namespace = undefined;
  readonly #links: readonly Link[];
  readonly #writer = new MessageWriter(1 << 14);
  /** Requests so far. */
  written = 0;

  constructor({ bridge, vxlan, vni }: PaperDevices) {
    const both = { hardwareType: 1, flags: 0, up: true, mtu: 1500, operstate: "up" } as const;
    this.#links = [
      { ...both, ifindex: bridgeIndex, name: bridge, kind: { kind: "bridge" } },
      {
        ...both,
        ifindex: vxlanIndex,
        name: vxlan,
        master: bridgeIndex,
        kind: { kind: "vxlan", id: vni, local: "127.0.0.9" as Ip, port: 4789, learning: false },
      },
    ];
  }

  execute(requests: readonly NetlinkRequest[]): readonly NetlinkResult[] {
    for (const [i, request] of requests.entries()) {
      if (this.#writer.length > sheet) this.#writer.reset();
      encodeRequest(this.#writer, request, i, () => -1);
    }
    this.written += requests.length;
    return Array<NetlinkResult>(requests.length).fill(undefined);
  }

  async executeInSlices(requests: readonly NetlinkRequest[]): Promise<readonly NetlinkResult[]> {
    return this.execute(requests);
  }

  run(...requests: readonly NetlinkRequest[]): void {
    this.execute(requests);
  }

  dump<K extends NetlinkObject>(object: K): readonly NetlinkObjects[K][] {
    return object === "link" ? (this.#links as readonly unknown[] as NetlinkObjects[K][]) : [];
  }

  async *dumpInSlices<K extends NetlinkObject>(object: K, _filter?: DumpFilters[K]): AsyncGenerator<readonly NetlinkObjects[K][]> {
    yield this.dump(object);
  }

  subscribe(): Subscription {
    return { close: () => undefined };
  }

  close(): void {}
}
