// SPDX-License-Identifier: Apache-2.0
import { RunDirectory } from "../daemon/run-directory.ts";
import { NetlinkConnection } from "../netlink/socket/netlink-connection.ts";
import { describeKey, hostNamespace, type ObjectKey } from "./desired/object.ts";
import { dhcpFolder, endAllServers } from "./dhcp/dnsmasq-process.ts";
import { AgentError } from "./errors.ts";
import { applyOps } from "./kernel/apply.ts";
import { rememberingSysctls } from "./kernel/former-sysctls.ts";
import { Kernel, type KernelOptions } from "./kernel/kernel.ts";
import { Mirror } from "./kernel/mirror.ts";
import { namespaceControl } from "./kernel/namespace-control.ts";
import { ownedKeys } from "./kernel/owned-keys.ts";
import { rulesetAccess } from "./kernel/ruleset-access.ts";
import { sysctlFiles } from "./kernel/sysctl-files.ts";
import { namespacePrefix } from "./ownership.ts";
import { checkHost } from "./probe.ts";
import { plan } from "./reconcile/plan.ts";
import type { PlanContext } from "./reconcile/plan/context.ts";

/**
 * `weft agent cleanup`: takes everything out of the kernel that carries a mark of ours, and nothing else. Interfaces of workloads
 * go back to the host namespace first.
 * @returns what was removed, one text per object; empty when nothing was there
 * @throws AlreadyRunningError while an agent serves the run directory; AgentError when something could not be removed
 */
export async function cleanup(options: { readonly runDirectory: string }): Promise<readonly string[]> {
  checkHost();
  const directory = new RunDirectory(options.runDirectory);
  directory.claim();
  try {
    const servers = endAllServers(dhcpFolder(directory.path)).map((domain) => `DHCP and DNS server of domain ${domain}`);
    const removed = await cleanKernel({
      connect: (namespace) => new NetlinkConnection(namespace === undefined ? {} : { namespace }),
      namespaces: namespaceControl,
      sysctls: rememberingSysctls(sysctlFiles, directory.path),
      rulesets: rulesetAccess,
    });
    return [...servers, ...removed];
  } finally {
    directory.release();
  }
}

/** The part that works on any kernel. @throws AgentError */
export async function cleanKernel(
  access: Pick<KernelOptions, "connect" | "namespaces" | "sysctls" | "rulesets">,
): Promise<readonly string[]> {
  const mirror = new Mirror();
  const ignore = (): void => undefined;
  const kernel = new Kernel({ ...access, mirror, onChange: ignore, onUnderlayChange: ignore, onOverrun: ignore });
  try {
    kernel.open(hostNamespace);
    for (const ns of access.namespaces.list()) {
      if (ns.startsWith(namespacePrefix) && kernel.ownerOf(ns) === "ours") kernel.open(ns);
    }
    return await removeOwned(kernel, mirror);
  } finally {
    kernel.closeAll();
  }
}

async function removeOwned(kernel: Kernel, mirror: Mirror): Promise<readonly string[]> {
  const nothingWanted: PlanContext = {
    wanted: new Map(),
    actual: mirror,
    manages: () => true,
    keeps: () => false,
    keepsSome: () => false,
    isLocal: () => false,
    isElsewhere: () => false,
  };
  const removed = new Set<ObjectKey>();
  const failed = new Map<ObjectKey, string>();
  for (const ops of plan(ownedKeys(mirror), nothingWanted).ranks) {
    if (ops.length === 0) continue;
    const results = applyOps(ops, kernel);
    ops.forEach((op, i) => {
      const failure = results[i];
      if (failure) failed.set(op.key, failure.message);
      else removed.add(op.key);
    });
  }
  if (failed.size > 0) {
    const list = [...failed].map(([key, why]) => `${describeKey(key)}: ${why}`);
    throw new AgentError("WEFT_AGENT_KERNEL", `not everything could be removed:\n${list.join("\n")}`);
  }
  return [...removed].map(describeKey);
}
