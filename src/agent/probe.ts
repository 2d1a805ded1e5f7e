// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import type { Mac } from "../base/net/mac.ts";
import { link } from "../netlink/route/link.ts";
import { NetlinkError } from "../netlink/errors.ts";
import type { NetlinkConn } from "../netlink/socket/conn.ts";
import { NetlinkConnection } from "../netlink/socket/netlink-connection.ts";
import { AgentError } from "./errors.ts";

/** Numbers of linux/capability.h. */
const capabilities = { CAP_NET_ADMIN: 12, CAP_NET_RAW: 13, CAP_SYS_ADMIN: 21 } as const;
export type CapabilityName = keyof typeof capabilities;
/** The agent does nothing without these. */
const needed: readonly CapabilityName[] = ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"];
const groupAddress = "01:00:5e:00:00:01" as Mac;

/**
 * Finds out at once what would otherwise fail in the middle of work.
 * @throws AgentError WEFT_AGENT_CAPABILITY or WEFT_AGENT_KERNEL
 */
export function checkHost(): void {
  const missing = missingCapabilities(readFileSync("/proc/self/status", "utf8"));
  if (missing.length > 0) {
    throw new AgentError(
      "WEFT_AGENT_CAPABILITY",
      `the agent needs ${missing.join(" and ")}: run it as root, or give it these capabilities`,
    );
  }
  const conn = new NetlinkConnection();
  try {
    const [kind] = missingKinds(conn);
    if (kind === undefined) return;
    throw new AgentError("WEFT_AGENT_KERNEL", `this kernel has no ${kind} devices (modprobe ${kind} helps where it is a module)`);
  } finally {
    conn.close();
  }
}

/** Names of capabilities, of those in `wanted`, that the effective set in /proc/PID/status lacks. */
export function missingCapabilities(status: string, wanted: readonly CapabilityName[] = needed): readonly CapabilityName[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return wanted.filter((name) => (effective & (1n << BigInt(capabilities[name]))) === 0n);
}

/** Kinds of devices that the agent needs and the kernel has not. */
export function missingKinds(conn: NetlinkConn): readonly string[] {
  return (["bridge", "vxlan"] as const).filter((kind) => !hasKind(conn, kind));
}

/**
 * Asks for a device with a group address as its own, which no kind takes: a kernel that knows the kind answers EADDRNOTAVAIL, one
 * that does not EOPNOTSUPP. Loads the module on the way, as `ip link add` does.
 */
function hasKind(conn: NetlinkConn, kind: "bridge" | "vxlan"): boolean {
  const [error] = conn.execute([link.add({ name: "weft-probe", address: groupAddress, kind: { kind } })]);
  return !(error instanceof NetlinkError) || error.errnoName !== "EOPNOTSUPP";
}
