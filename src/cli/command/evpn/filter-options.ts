// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { ipOption, macOption, vniOption } from "../../parse-option.ts";

/** Filters of the EVPN tables; each command offers those that make sense for it. */
export interface EvpnFilterOptions extends InspectOptions {
  readonly network?: string;
  readonly vni?: number;
  readonly mac?: string;
  readonly ip?: string;
}

export function addFilters(command: Command, filters: readonly ("network" | "vni" | "mac" | "ip")[]): void {
  addInspectOptions(command);
  if (filters.includes("network")) command.option("--network <name>", "only this network");
  if (filters.includes("vni")) command.option("--vni <vni>", "only the network of this VNI", vniOption);
  if (filters.includes("mac")) command.option("--mac <mac>", "only this MAC", macOption);
  if (filters.includes("ip")) command.option("--ip <ip>", "only this IP address", ipOption);
}

export function filterQuery({ network, vni, mac, ip }: EvpnFilterOptions): Readonly<Record<string, string | number | undefined>> {
  return { network, vni, mac, ip };
}
