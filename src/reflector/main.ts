// SPDX-License-Identifier: Apache-2.0
import { loadReflectorConfig } from "../contract/config/load.ts";
import { type DaemonOptions, runDaemon } from "../daemon/run-daemon.ts";
import { Reflector } from "./reflector.ts";

/** Runs until a signal stops it. @throws what {@link runDaemon} throws */
export function runReflector(options: DaemonOptions): Promise<void> {
  return runDaemon(
    { component: "reflector", load: loadReflectorConfig, build: (config, context) => new Reflector(config, context) },
    options,
  );
}
