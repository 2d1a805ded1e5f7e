// SPDX-License-Identifier: Apache-2.0
import { type Ip, parseIp } from "../../base/net/ip.ts";
import { parseMac } from "../../base/net/mac.ts";
import type { MacRow, NeighbourRow, NetworkRow, PortRow } from "../../contract/inspect.ts";
import { DoctorError } from "../errors.ts";

/** What the agent knows that names may stand for. */
export interface Known {
  readonly networks: readonly NetworkRow[];
  readonly neighbours: readonly NeighbourRow[];
  readonly macs: readonly MacRow[];
  readonly ports: readonly PortRow[];
}

/** What one end of `weft doctor mtu A B` is. */
export type Target =
  | {
      readonly kind: "workload";
      readonly network: NetworkRow;
      readonly ip: Ip | undefined;
      readonly where: "local" | "remote";
      /** Interface when local, address of the VTEP when remote. */
      readonly at: string;
    }
  /** An address in the underlay. */
  | { readonly kind: "host"; readonly ip: Ip };

/**
 * `NETWORK/NAME` or `NAME`: name of a port, its interface, a MAC, an address in a network, or else an address of a host.
 * @throws DoctorError WEFT_DOCTOR_TARGET for a name that stands for nothing, or for several things
 */
export function resolveTarget(text: string, known: Known): Target {
  const [, inNetwork, name] = /^(?:([^/]+)\/)?(.+)$/.exec(text) ?? [undefined, undefined, text];
  if (inNetwork !== undefined && !known.networks.some((n) => n.network === inNetwork))
    throw new DoctorError("WEFT_DOCTOR_TARGET", `${text}: no network is named "${inNetwork}"; weft evpn networks lists them`);
  const found = workloads(name, known).filter((w) => inNetwork === undefined || w.network.network === inNetwork);
  if (found.length > 1) {
    const choices = found.map((w) => `${w.network.network}/${name}`).join(" or ");
    throw new DoctorError("WEFT_DOCTOR_TARGET", `${text} is in several networks: say ${choices}`);
  }
  if (found[0] !== undefined) return found[0];
  const ip = parseIp(name);
  if (ip !== undefined && inNetwork === undefined) return { kind: "host", ip };
  throw new DoctorError(
    "WEFT_DOCTOR_TARGET",
    `${text}: this agent knows no such workload; name a port, its interface, a MAC, an address in a network, or an address of a host`,
  );
}

type Workload = Target & { readonly kind: "workload" };

function workloads(name: string, known: Known): readonly Workload[] {
  const [ip, mac] = [parseIp(name), parseMac(name)];
  const found: (Pick<MacRow, "network" | "where" | "at"> & { readonly ip: string | undefined })[] = [];
  if (ip !== undefined) for (const n of known.neighbours) if (n.ip === ip) found.push(n);
  if (mac !== undefined) for (const m of known.macs) if (m.mac === mac) found.push({ ...m, ip: m.ips[0] });
  for (const p of known.ports) {
    const isMeant = p.port === name || p.interface === name || (ip !== undefined && p.ips.includes(ip));
    if (!isMeant || found.some((f) => f.network === p.network)) continue;
    found.push({ network: p.network, where: "local", at: p.interface, ip: ip ?? p.ips[0] });
  }
  if (found.length === 0) for (const m of known.macs) if (m.where === "local" && m.at === name) found.push({ ...m, ip: m.ips[0] });
  return found.flatMap((f) => {
    const network = known.networks.find((n) => n.network === f.network);
    if (network === undefined) return [];
    return [{ kind: "workload", network, ip: f.ip === undefined ? undefined : parseIp(f.ip), where: f.where, at: f.at } as const];
  });
}
