// SPDX-License-Identifier: Apache-2.0
import type { RecordLine } from "../record/recording.ts";

/** Decisions of one kind come in a fixed order; between kinds the order may differ from version to version. `to 3`: to the peer in slot 3. */
export type Channel = "kernel" | "routes" | `to ${number}`;

export interface Decision {
  readonly channel: Channel;
  /** What is compared. */
  readonly text: string;
}

/** One as the recording has it. */
export interface RecordedDecision extends Decision {
  /** ms since the recording began. */
  readonly t: number;
  /** Of its line among all. */
  readonly line: number;
  /** The peer took no more after this. */
  readonly full: boolean;
}

/** The decisions of one line. */
export function decisionsOf(recorded: RecordLine, line: number): RecordedDecision[] {
  if (!("out" in recorded)) return [];
  const { t } = recorded;
  if (recorded.out === "sent") {
    const text = sentText(recorded.octets, recorded.digest);
    return [{ channel: `to ${recorded.slot}`, text, t, line, full: recorded.full === true }];
  }
  const channel = recorded.out;
  return recorded.do.map((text) => ({ channel, text, t, line, full: false }));
}

export function sentText(octets: number, digest: string): string {
  return `${octets} octets, SHA-1 ${digest}`;
}
