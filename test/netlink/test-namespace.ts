// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { createNamespace, deleteNamespace, namespacePath } from "../../src/base/sys/namespace.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";

/** A namespace for one test file, our connection into it, and iproute2 beside. */
export class TestNamespace {
  readonly name: string;
  readonly conn: NetlinkConnection;

  constructor(stem: string, eventBuffer?: number) {
    this.name = `${stem}-${process.pid}`;
    createNamespace(this.name);
    this.conn = new NetlinkConnection({ namespace: this.path, ...(eventBuffer === undefined ? {} : { eventBuffer }) });
  }

  get path(): string {
    return namespacePath(this.name);
  }

  /** `ip -n NAMESPACE …` */
  ip(...args: readonly string[]): string {
    return execFileSync("ip", ["-n", this.name, ...args], { encoding: "utf8" });
  }

  /** `ip -j`, parsed. */
  ipJson(...args: readonly string[]): readonly Record<string, unknown>[] {
    return JSON.parse(this.ip("-j", "-d", ...args) || "[]") as readonly Record<string, unknown>[];
  }

  /** `bridge -n NAMESPACE …` */
  bridge(...args: readonly string[]): string {
    return execFileSync("bridge", ["-n", this.name, ...args], { encoding: "utf8" });
  }

  bridgeJson(...args: readonly string[]): readonly Record<string, unknown>[] {
    return JSON.parse(this.bridge("-j", "-d", ...args) || "[]") as readonly Record<string, unknown>[];
  }

  /** Index of an interface. @throws Error when it is not there */
  index(name: string): number {
    const found = this.conn.dump("link", { name })[0];
    if (!found) throw new Error(`no interface ${name}`);
    return found.ifindex;
  }

  remove(): void {
    this.conn.close();
    deleteNamespace(this.name);
  }
}
