// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { setTxChecksum } from "../base/sys/ethtool.ts";
import { namespacePath } from "../base/sys/namespace.ts";
import { writeSysctl } from "../base/sys/sysctl.ts";
import { link } from "../netlink/route/link.ts";
import { NetlinkConnection } from "../netlink/socket/netlink-connection.ts";
import { DoctorError } from "./errors.ts";
import { machineNamespace } from "./read-limits.ts";
import { commandOf, type Remedy } from "./remedy.ts";

/** Does what {@link commandOf} says. Lasts until the next boot. @throws SystemCallError, NetlinkError, DoctorError */
export function applyRemedy(r: Remedy): void {
  switch (r.kind) {
    case "sysctl":
      writeSysctl(r.namespace === undefined ? machineNamespace(r.name) : namespacePath(r.namespace), r.name, r.value);
      return;
    case "tx-checksum-off":
      setTxChecksum(r.device, false);
      return;
    case "vxlan-tos":
      setTos(r.namespace, r.device, r.tos);
      return;
    default:
      loadModule(r);
  }
}

function setTos(namespace: string | undefined, device: string, tos: number): void {
  const conn = new NetlinkConnection(namespace === undefined ? {} : { namespace: namespacePath(namespace) });
  try {
    conn.run(link.set(device, { kind: { kind: "vxlan", tos } }));
  } finally {
    conn.close();
  }
}

function loadModule(r: Remedy): void {
  const [program, ...args] = commandOf(r).split(" ");
  const { status, stderr, error } = spawnSync(program!, args, { encoding: "utf8" });
  if (status !== 0) throw new DoctorError("WEFT_DOCTOR_FIX", `${commandOf(r)}: ${error?.message ?? stderr.trim()}`);
}
