// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../base/run/clock.ts";
import { NetlinkConnection } from "../netlink/socket/netlink-connection.ts";
import { recordClock } from "../record/record-clock.ts";
import { recordConnect, recordNamespaces, recordRulesets, recordSysctls } from "../record/record-host.ts";
import type { Recorder } from "../record/recorder.ts";
import { rememberingSysctls } from "./kernel/former-sysctls.ts";
import { namespaceControl } from "./kernel/namespace-control.ts";
import { rulesetAccess } from "./kernel/ruleset-access.ts";
import { sysctlFiles } from "./kernel/sysctl-files.ts";
import type { VtepOptions } from "./vtep-options.ts";

export type HostAccess = Pick<VtepOptions, "clock" | "connect" | "namespaces" | "sysctls" | "rulesets">;

/** Clock and kernel of this host. */
export function hostAccess(clock: Clock, runDirectory: string): HostAccess {
  return {
    clock,
    connect: (namespace) => new NetlinkConnection(namespace === undefined ? {} : { namespace }),
    namespaces: namespaceControl,
    sysctls: rememberingSysctls(sysctlFiles, runDirectory),
    rulesets: rulesetAccess,
  };
}

/** The same, with all that passes noted. */
export function recordHost(host: HostAccess, recorder: Recorder): HostAccess {
  return {
    clock: recordClock(host.clock, recorder),
    connect: recordConnect(host.connect, recorder),
    namespaces: recordNamespaces(host.namespaces, recorder),
    sysctls: recordSysctls(host.sysctls, recorder),
    rulesets: recordRulesets(host.rulesets, recorder),
  };
}
