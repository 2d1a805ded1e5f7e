// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { inNamespace } from "../../base/sys/namespace.ts";

/** Why the kernel drops segments before we see them, and its counter for that in `/proc/net/netstat` (`nstat -az`). */
const counters = {
  "md5-missing": "TCPMD5NotFound",
  "md5-unexpected": "TCPMD5Unexpected",
  "md5-wrong": "TCPMD5Failure",
  "ttl-too-low": "TCPMinTTLDrop",
} as const;

export type DropReason = keyof typeof counters;
export type KernelDrops = Readonly<Record<DropReason, number>>;

/**
 * Segments that the kernel refused for us, since the namespace was made; of all its sockets. A counter that it lacks is 0.
 * @returns undefined where it cannot be asked: a session must not suffer for want of a number
 */
export function kernelDrops(namespace: string | undefined): KernelDrops | undefined {
  try {
    return parseNetstat(inNamespace(namespace, () => readFileSync("/proc/thread-self/net/netstat", "utf8")));
  } catch {
    return undefined;
  }
}

/** Each line of names is followed by one of numbers, in the same columns. */
export function parseNetstat(text: string): KernelDrops {
  const values = new Map<string, number>();
  const lines = text.split("\n");
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const numbers = lines[i + 1]!.split(" ");
    for (const [column, name] of lines[i]!.split(" ").entries()) values.set(name, Number(numbers[column] ?? 0));
  }
  const of = (reason: DropReason): number => values.get(counters[reason]) ?? 0;
  return {
    "md5-missing": of("md5-missing"),
    "md5-unexpected": of("md5-unexpected"),
    "md5-wrong": of("md5-wrong"),
    "ttl-too-low": of("ttl-too-low"),
  };
}
