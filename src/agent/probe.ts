// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import type { Mac } from "../base/net/mac.ts";
import { link } from "../netlink/route/link.ts";
import { NetlinkError } from "../netlink/errors.ts";
import { NetlinkConnection } from "../netlink/socket/netlink-connection.ts";
import { AgentError } from "./errors.ts";

const CAP_NET_ADMIN = 12;
const CAP_SYS_ADMIN = 21;
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
    for (const kind of ["bridge", "vxlan"] as const) checkKind(conn, kind);
  } finally {
    conn.close();
  }
}

/** Names of what the effective set in /proc/PID/status lacks. */
export function missingCapabilities(status: string): readonly string[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const missing: string[] = [];
  if ((effective & (1n << BigInt(CAP_NET_ADMIN))) === 0n) missing.push("CAP_NET_ADMIN");
  if ((effective & (1n << BigInt(CAP_SYS_ADMIN))) === 0n) missing.push("CAP_SYS_ADMIN");
  return missing;
}

/**
 * Asks for a device with a group address as its own, which no kind takes: a kernel that knows the kind answers EADDRNOTAVAIL, one
 * that does not EOPNOTSUPP. Loads the module on the way, as `ip link add` does.
 */
function checkKind(conn: NetlinkConnection, kind: "bridge" | "vxlan"): void {
  const [error] = conn.execute([link.add({ name: "weft-probe", address: groupAddress, kind: { kind } })]);
  if (!(error instanceof NetlinkError) || error.errnoName !== "EOPNOTSUPP") return;
  throw new AgentError("WEFT_AGENT_KERNEL", `this kernel has no ${kind} devices (modprobe ${kind} helps where it is a module)`, {
    cause: error,
  });
}
