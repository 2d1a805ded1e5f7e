// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../base/run/clock.ts";
import type { Component } from "../base/run/component.ts";
import type { Journal } from "../base/run/journal.ts";
import type { Metrics } from "../base/run/metrics.ts";
import type { ListenEndpoint } from "../contract/config/load.ts";
import type { Recorder } from "../record/recorder.ts";
import type { LogSettings } from "./log.ts";
import type { ProblemList } from "./problem-list.ts";
import type { InspectProvider } from "./provider.ts";
import type { RunDirectory } from "./run-directory.ts";

/** What a daemon is given by the runner. */
export interface DaemonContext {
  /** Of the program. */
  readonly version: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly problems: ProblemList;
  readonly runDirectory: RunDirectory;
  /** Notes what comes in, where that is wanted. */
  readonly recorder?: Recorder | undefined;
  /** Ends the process with status 70 and a crash report: for a fault that leaves no sound state to go on from. */
  readonly fail: (error: unknown) => void;
}

/** The part of a configuration that the runner looks after itself. */
export interface DaemonConfig {
  readonly log: LogSettings;
  readonly metrics?: { readonly listen?: ListenEndpoint; readonly perPeer?: string };
}

/** A daemon that is built but not started. `start` returns when it is ready. */
export interface Daemon<C extends DaemonConfig> extends Component {
  readonly inspect: InspectProvider;
  /**
   * Goes over to another configuration by its differences: one sentence for each.
   * @throws an error with a code, before anything has changed, for a difference that needs a restart
   */
  reconfigure(config: C): Promise<readonly string[]>;
}

/** What makes a daemon out of a file. */
export interface DaemonKind<C extends DaemonConfig> {
  readonly component: "agent" | "reflector";
  /** @throws ConfigError */
  load(file: string): C;
  build(config: C, context: DaemonContext): Daemon<C>;
}
