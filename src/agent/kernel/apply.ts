// SPDX-License-Identifier: Apache-2.0
import { inSysctl } from "../../base/sys/sysctl-name.ts";
import { NetlinkError } from "../../netlink/errors.ts";
import { link } from "../../netlink/route/link.ts";
import type { NetlinkConn } from "../../netlink/socket/conn.ts";
import { describeKey, hostNamespace, type NamespaceName, type ObjectKey } from "../desired/object.ts";
import { ownAlias, ownProtocol } from "../ownership.ts";
import type { Op } from "../reconcile/op.ts";
import { type Kernel, noted } from "./kernel.ts";
import type { Mirror } from "./mirror.ts";
import { entrySteps, hostNamespacePath, linkRequest, type Step } from "./requests.ts";

/** Why an op failed, for status and events. */
export interface OpFailure {
  readonly errnoName: string;
  /** The command that it was, and the kernel's words. */
  readonly message: string;
}

/** Per op: undefined when it is done. */
export type OpResults = readonly (OpFailure | undefined)[];

const entryKinds: ReadonlySet<Op["kind"]> = new Set([
  "put-remote-mac",
  "delete-remote-mac",
  "put-flood",
  "delete-flood",
  "put-neighbour",
  "release-neighbour",
  "unmark-neighbour",
  "delete-neighbour",
  "put-address",
  "delete-address",
  "put-connected",
  "put-proxy",
  "delete-proxy",
  "put-route",
  "delete-route",
  "forget-local-mac",
]);

/**
 * Of so many requests and more the echo is not listened to: reading it took as long as the kernel's work (bench/figures/fib.ts). What others
 * put with our mark in the same milliseconds is missed then, and found by the audit.
 */
const bulk = 128;

/** Errors that say that there is nothing left to delete. */
const alreadyGone: ReadonlySet<string> = new Set(["ENOENT", "ESRCH", "ENODEV", "EADDRNOTAVAIL"]);

/**
 * Carries out ops of one rank. Entries go in batches per namespace, devices one by one, each read back before the next. A failure
 * is a result and stops nothing.
 */
export function applyOps(ops: readonly Op[], kernel: Kernel): OpResults {
  const results = Array<OpFailure | undefined>(ops.length).fill(undefined);
  const batches = new Map<NamespaceName, number[]>();
  ops.forEach((op, i) => {
    if (!entryKinds.has(op.kind)) results[i] = attempt(() => applyDevice(op, kernel));
    else if (batches.has(op.ns)) batches.get(op.ns)!.push(i);
    else batches.set(op.ns, [i]);
  });
  for (const [ns, indexes] of batches) applyEntries(ns, indexes, ops, kernel, results);
  return results;
}

function applyEntries(
  ns: NamespaceName,
  indexes: readonly number[],
  ops: readonly Op[],
  kernel: Kernel,
  results: (OpFailure | undefined)[],
): void {
  const { mirror } = kernel.options;
  const conn = kernel.conn(ns);
  const sent: number[] = [];
  const steps: Step[] = [];
  for (const i of indexes) {
    const needed = conn ? entrySteps(ops[i]!, mirror) : [];
    if (needed.length === 0 && !removes(ops[i]!)) results[i] = { errnoName: "ENODEV", message: "its device is not there" };
    for (const step of needed) {
      sent.push(i);
      steps.push(step);
    }
  }
  if (!conn || steps.length === 0) return;
  // At once, not in slices: an event read between the kernel's answer and `confirm` would be newer than what is confirmed. Callers
  // bring no more ops than may hold up the loop.
  const outcome = conn.execute(
    steps.map((s) => s.request),
    // Of a route whose device the kernel chooses only its event tells.
    { withoutEcho: steps.length >= bulk && steps.every((s) => s.effects.length > 0), routeProtocol: ownProtocol },
  );
  const done: Step["effects"][number][] = [];
  outcome.forEach((error, n) => {
    if (error && !isDoneAlready(ops[sent[n]!]!, error.errnoName)) results[sent[n]!] = failure(error);
    else done.push(...steps[n]!.effects);
  });
  mirror.confirm(ns, done);
  for (const i of new Set(sent)) {
    const op = ops[i]!;
    if (results[i] !== undefined || (op.kind !== "put-proxy" && op.kind !== "delete-proxy")) continue;
    mirror.setFact(op.key, op.kind === "put-proxy" ? "own" : undefined);
    const link = mirror.link(ns, op.dev);
    if (op.kind === "put-proxy" && link?.address !== undefined)
      kernel.options.onProxied?.({ index: link.index, mac: link.address, ip: op.ip });
  }
}

/** Nothing is left to delete, or the kernel made it itself meanwhile. */
function isDoneAlready(op: Op, errnoName: string): boolean {
  return removes(op) ? alreadyGone.has(errnoName) : op.kind === "put-connected" && errnoName === "EEXIST";
}

function removes(op: Op): boolean {
  return op.kind.startsWith("delete-") || op.kind === "forget-local-mac";
}

function attempt(run: () => void): OpFailure | undefined {
  try {
    run();
    return undefined;
  } catch (e) {
    return failure(e);
  }
}

function failure(e: unknown): OpFailure {
  if (e instanceof NetlinkError) return { errnoName: e.errnoName, message: e.message };
  const { errnoName, code, message } = e as { readonly errnoName?: string; readonly code?: string; readonly message?: string };
  return { errnoName: errnoName ?? code ?? "UNKNOWN", message: message ?? String(e) };
}

function applyDevice(op: Op, kernel: Kernel): void {
  const { mirror } = kernel.options;
  switch (op.kind) {
    case "create-namespace":
      return kernel.createNamespace(op.ns);
    case "delete-namespace":
      return kernel.deleteNamespace(op.ns);
    case "release-link":
      return releaseLink(op.ns, op.name, kernel);
    case "put-ruleset":
      return kernel.writeTable(op.ns, op.table);
    case "delete-ruleset":
      kernel.options.rulesets.remove(op.ns, op.table);
      return mirror.setFact(op.key, undefined);
    case "write-sysctl":
      return writeSysctl(op, kernel);
    case "restore-sysctl":
      kernel.options.sysctls.restore?.(op.path);
      mirror.setSysctl(op.ns, op.path, undefined);
      return mirror.setFact(op.key, undefined);
    default: {
      const request = linkRequest(op, mirror);
      if (!request || !("name" in op)) {
        if (op.kind === "delete-link") return;
        throw Object.assign(new Error(`${op.kind}: a device that it needs is not there`), { errnoName: "ENODEV" });
      }
      // Never into a namespace that somebody else made.
      if (op.kind === "create-link" && op.device.kind === "veth") requireNamespace(op.device.peer.ns, kernel);
      // A VXLAN's UDP socket belongs to the namespace where the device was made.
      const conn = requireNamespace(op.kind === "create-link" ? hostNamespace : op.ns, kernel);
      const [error] = conn.execute([request]);
      kernel.refreshLink(op.ns, op.name);
      if (op.kind === "move-link") kernel.refreshLink(op.to, op.name);
      if (error && !(op.kind === "delete-link" && alreadyGone.has(error.errnoName))) throw error;
    }
  }
}

function requireNamespace(ns: NamespaceName, kernel: Kernel): NetlinkConn {
  const conn = kernel.conn(ns);
  if (!conn) throw Object.assign(new Error(`namespace ${ns} is not open`), { errnoName: "ENOENT" });
  return conn;
}

/** Leaves the interface as it was found: no alias, in no bridge, in the host namespace; up or down as it is. */
function releaseLink(ns: NamespaceName, name: string, kernel: Kernel): void {
  const conn = kernel.conn(ns);
  const index = kernel.options.mirror.link(ns, name)?.index;
  if (!conn || index === undefined) return;
  try {
    conn.run(link.set(index, { alias: "", master: 0 }));
    if (ns !== hostNamespace) conn.run(link.set(index, { namespace: hostNamespacePath }));
  } finally {
    kernel.refreshLink(ns, name);
    kernel.refreshLink(hostNamespace, name);
  }
}

/**
 * A key that this kernel lacks is done: `bridge-nf-call-*` is absent until br_netfilter is loaded, and then nothing is called. What matters
 * is told in the status.
 */
function writeSysctl({ key, ns, path, value, closedBy }: Op & { readonly kind: "write-sysctl" }, kernel: Kernel): void {
  const { mirror, sysctls } = kernel.options;
  if (closedBy !== undefined) requireTable(closedBy, mirror);
  const before = sysctls.read(ns, path);
  if (before !== undefined && before !== value) {
    // Our devices and namespaces take theirs with them.
    if (sysctls.note && ns === hostNamespace && !isOfOwnDevice(path, mirror)) {
      sysctls.note(path, before, value);
      mirror.setFact(key, noted);
    }
    sysctls.write(ns, path, value);
  }
  mirror.setSysctl(ns, path, value);
  mirror.noteMissing(ns, path, before === undefined);
}

function requireTable(key: ObjectKey, mirror: Mirror): void {
  const state = mirror.fact(key);
  if (state !== undefined && state !== "foreign") return;
  throw Object.assign(new Error(`not before ${describeKey(key)} is there`), { errnoName: "EPERM" });
}

function isOfOwnDevice(path: string, mirror: Mirror): boolean {
  return mirror.links(hostNamespace).some(({ name, alias }) => alias === ownAlias && path.includes(`.${inSysctl(name)}.`));
}
