// SPDX-License-Identifier: Apache-2.0
import { eventKind } from "../base/run/journal.ts";

export const recordingStarted = eventKind<{ file: string }>("record.started", "info", (f) => `what comes in is recorded in ${f.file}`);
export const recordingEnded = eventKind<{ file: string; reason: string; lines: number }>(
  "record.ended",
  "warn",
  (f) => `${f.file} ends after ${f.lines} lines: ${f.reason}; everything else goes on`,
);
