// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import type { LabTopology } from "../contract/config/lab-schema.ts";
import { LabError } from "./errors.ts";
import { tryCommand } from "./system/command.ts";

/** @throws LabError WEFT_LAB_PERMISSION */
export function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new LabError("WEFT_LAB_PERMISSION", "a lab is made of network namespaces and needs root: run it as root, or with sudo");
}

/**
 * Says at once what a lab of this topology would lack.
 *
 * @throws LabError WEFT_LAB_PERMISSION, or WEFT_LAB_UNSUPPORTED with everything that is missing
 */
export async function requireSupport(topology: LabTopology): Promise<void> {
  requireRoot();
  const missing = await missingSupport(topology);
  if (missing.length > 0) throw new LabError("WEFT_LAB_UNSUPPORTED", missing.join("\n"));
}

/** One sentence per missing thing. */
async function missingSupport(topology: LabTopology): Promise<readonly string[]> {
  const programs: [string, string][] = [
    ["ip", "iproute2"],
    ["bridge", "iproute2"],
    ["nft", "nftables"],
    ["nsenter", "util-linux"],
  ];
  const kinds = new Set<string>([...topology.reflectors.map((r) => r.kind), ...Object.values(topology.nodes).map((n) => n.kind)]);
  if (topology.underlay.routing !== "static" || kinds.has("frr")) programs.push(["/usr/lib/frr/bgpd", "frr"], ["vtysh", "frr"]);
  if (kinds.has("gobgp")) programs.push(["gobgpd", "gobgpd"], ["gobgp", "gobgpd"]);
  if (kinds.has("exabgp")) programs.push(["exabgp", "exabgp"]);
  const missing = programs.filter(([p]) => !isInstalled(p)).map(([p, pkg]) => `${p} is missing: apt-get install ${pkg}`);
  if (topology.underlay.family === "ipv6" && Object.values(topology.nodes).some((n) => n.kind === "frr")) {
    missing.push("a node of kind frr needs an IPv4 underlay: the FRR of this lab knows no IPv6 VTEPs");
  }
  if (!missing.some((m) => m.startsWith("ip "))) missing.push(...(await missingKernel()));
  return missing;
}

function isInstalled(program: string): boolean {
  if (program.startsWith("/")) return existsSync(program);
  return (process.env["PATH"] ?? "").split(":").some((d) => d !== "" && existsSync(`${d}/${program}`));
}

/** Tries in a namespace of its own what a lab is made of; also loads modules that are only not loaded yet. */
async function missingKernel(): Promise<readonly string[]> {
  const probe = `weft-probe-${randomUUID().slice(0, 8)}`;
  const made = await tryCommand(["ip", "netns", "add", probe]);
  if (made.status !== 0) return [`the kernel makes no network namespaces: ${made.stderr.trim()}`];
  try {
    const missing: string[] = [];
    for (const [kind, more] of [
      ["veth", []],
      ["bridge", []],
      ["vxlan", ["id", "1", "dstport", "4789"]],
    ] as const) {
      const tried = await tryCommand(["ip", "-n", probe, "link", "add", `t-${kind}`, "type", kind, ...more]);
      if (tried.status !== 0) missing.push(`the kernel makes no ${kind} devices: ${tried.stderr.trim()}`);
    }
    return missing;
  } finally {
    await tryCommand(["ip", "netns", "del", probe]);
  }
}
