// SPDX-License-Identifier: Apache-2.0
import { eventKind } from "../base/run/journal.ts";
import { gauge, histogram } from "../base/run/metrics.ts";

export const daemonStarting = eventKind<{ component: string; version: string; pid: number; runDirectory: string }>(
  "daemon.starting",
  "info",
  (f) => `${f.component} ${f.version} starts, pid ${f.pid}, run directory ${f.runDirectory}`,
);
export const daemonReady = eventKind<{ milliseconds: number }>("daemon.ready", "info", (f) => `ready after ${f.milliseconds} ms`);
export const daemonNotStarted = eventKind<{ reason: string }>("daemon.not-started", "error", (f) => `cannot start: ${f.reason}`);
export const daemonStopping = eventKind<{ cause: string }>("daemon.stopping", "info", (f) => `stopping: ${f.cause}`);
export const daemonStopped = eventKind<{ milliseconds: number }>("daemon.stopped", "info", (f) => `stopped after ${f.milliseconds} ms`);
export const configReloaded = eventKind<{ file: string; changes: number }>(
  "config.reloaded",
  "info",
  (f) => `${f.file} read again: ${f.changes === 0 ? "nothing differs" : `${f.changes} differences applied`}`,
);
export const configRefused = eventKind<{ file: string; reason: string }>(
  "config.refused",
  "error",
  (f) => `${f.file} cannot be used, the old configuration stays: ${f.reason}`,
);
export const notifyFailed = eventKind<{ reason: string }>(
  "daemon.notify-failed",
  "warn",
  (f) => `the service manager cannot be told how we are: ${f.reason}`,
);

export const problemCount = gauge("weft_problems", "Problems that `weft status` lists, by code.", ["code"]);
export const readyGauge = gauge("weft_ready", "1 while ready, 0 while starting or stopping.");
export const buildInfo = gauge("weft_build_info", "Always 1; the labels say what runs.", ["version", "component"]);
export const loopLag = histogram("weft_loop_lag_seconds", "How late the event loop got round to a timer of 20 ms.");
