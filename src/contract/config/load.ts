// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import os from "node:os";
import type { Ip } from "../../base/net/ip.ts";
import { ConfigError } from "../errors.ts";
import { type AgentFile, agentSchema } from "./agent-schema.ts";
import type { BgpSection } from "./bgp-schema.ts";
import { checkAgent } from "./check-agent.ts";
import { checkBgp } from "./check-bgp.ts";
import { checkDevices } from "./check-devices.ts";
import { checkLab } from "./check-lab.ts";
import { type LabTopology, labSchema } from "./lab-schema.ts";
import { readConfig } from "./read-file.ts";
import { placeRules } from "./rule-line.ts";
import { type ReflectorFile, reflectorSchema } from "./reflector-schema.ts";
import type { SchemaNode } from "./schema-node.ts";
import { type Endpoint, textForms } from "./text-form.ts";

/** Where to listen, with its port. */
export interface ListenEndpoint {
  readonly address: Ip;
  readonly port: number;
}

/** The `bgp` section with what depends on other keys filled in. */
export interface BgpConfig extends Omit<BgpSection, "listen" | "hostname"> {
  readonly listen: readonly ListenEndpoint[];
  readonly hostname: string;
}

interface Resolved {
  readonly host: string;
  readonly bgp: BgpConfig;
  readonly metrics: {
    /** `/metrics` and `/health` over TCP. */
    readonly listen?: ListenEndpoint;
    readonly perPeer: "all" | "named" | "none";
  };
}

export type AgentConfig = Omit<AgentFile, keyof Resolved> & Resolved;
export type ReflectorConfig = Omit<ReflectorFile, keyof Resolved> & Resolved;

/** Port of `metrics.listen` when it names none. */
export const defaultMetricsPort = 9178;

/** @param devices names of this host's interfaces: given, the file is held against them too. @throws ConfigError */
export function parseAgentConfig(text: string, file: string, devices?: readonly string[]): AgentConfig {
  const value = readConfig<AgentFile>(text, file, agentSchema as SchemaNode, (f, complain, lineOf) => {
    checkAgent(f, complain);
    placeRules(f.bgp, lineOf);
    if (devices) checkDevices(f, devices, complain);
  });
  return { ...value, ...resolve(value, value.vtep === undefined ? [] : [{ address: value.vtep.address }]) };
}

/** @throws ConfigError */
export function parseReflectorConfig(text: string, file: string): ReflectorConfig {
  const value = readConfig<ReflectorFile>(text, file, reflectorSchema as SchemaNode, (f, complain, lineOf) => {
    checkBgp(f.bgp, complain);
    placeRules(f.bgp, lineOf);
  });
  // A socket for each family: one for both could have no TCP MD5 keys for peers of IPv4.
  return { ...value, ...resolve(value, [{ address: "0.0.0.0" as Ip }, { address: "::" as Ip }]) };
}

/** @throws ConfigError */
export function parseLabTopology(text: string, file: string): LabTopology {
  return readConfig<LabTopology>(text, file, labSchema as SchemaNode, checkLab);
}

/** @param devices as {@link parseAgentConfig}. @throws ConfigError */
export function loadAgentConfig(file: string, devices?: readonly string[]): AgentConfig {
  return parseAgentConfig(readText(file), file, devices);
}

/** @throws ConfigError */
export function loadReflectorConfig(file: string): ReflectorConfig {
  return parseReflectorConfig(readText(file), file);
}

/** @throws ConfigError */
export function loadLabTopology(file: string): LabTopology {
  return parseLabTopology(readText(file), file);
}

function resolve(file: Pick<AgentFile, "host" | "bgp" | "metrics">, listen: readonly Endpoint[]): Resolved {
  const host = file.host ?? shortHostName();
  const withPort = (e: Endpoint, port: number): ListenEndpoint => ({ address: e.address, port: e.port ?? port });
  const bgp = {
    ...file.bgp,
    hostname: file.bgp.hostname ?? host,
    listen: (file.bgp.listen ?? listen).map((e) => withPort(e, file.bgp.port)),
  };
  const { listen: at, perPeer } = file.metrics;
  return { host, bgp, metrics: at === undefined ? { perPeer } : { perPeer, listen: withPort(at, defaultMetricsPort) } };
}

function shortHostName(): string {
  const name = textForms.name.parse(os.hostname().split(".")[0]!);
  return "value" in name ? name.value : "localhost";
}

/** The text of a configuration file. @throws ConfigError */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const wrong = `cannot be read: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`;
    throw new ConfigError(file, [{ code: "WEFT_CONFIG_UNREADABLE", path: [], line: 0, column: 0, wrong, allowed: "", mend: "" }], {
      cause,
    });
  }
}
