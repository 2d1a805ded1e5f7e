// SPDX-License-Identifier: Apache-2.0
import { type Command, InvalidArgumentError, Option } from "commander";
import type { InputRecord, RecordingHeader } from "../../record/recording.ts";
import type { Channel, Decision } from "../../replay/decision.ts";
import type { ReplayResult } from "../../replay/replay.ts";
import { command } from "../command-file.ts";
import { exitStatus } from "../exit-status.ts";
import { print } from "../render/output.ts";

interface ReplayCommandOptions {
  readonly until?: number;
  readonly output: "table" | "json";
  readonly show?: "ops" | "routes" | "events" | "all" | "none";
}

/** One line of what happened in a replay. */
interface Row {
  /** ms since the recording began. */
  readonly t: number;
  readonly kind: "in" | "op" | "route" | "sent" | "event";
  readonly text: string;
}

const shown: Readonly<Record<NonNullable<ReplayCommandOptions["show"]>, readonly Row["kind"][]>> = {
  ops: ["op"],
  routes: ["route", "sent"],
  events: ["in", "event"],
  all: ["in", "op", "route", "sent", "event"],
  none: [],
};

function secondsOption(given: string): number {
  if (!/^\d+(\.\d+)?$/.test(given)) throw new InvalidArgumentError("Allowed: seconds since the recording began, as 12.5.");
  return Number(given);
}

function configure(c: Command): void {
  c.argument("<file>", "a recording, plain or compressed with gzip");
  c.addOption(new Option("--until <seconds>", "end there").argParser(secondsOption));
  c.addOption(
    new Option("--show <what>", "what to print of it: changes to the kernel, routes and messages sent, what came in and events")
      .choices(["ops", "routes", "events", "all", "none"])
      .default("all"),
  );
  c.addOption(new Option("-o, --output <format>", "how to print").choices(["table", "json"]).default("table"));
}

const kindOf = (channel: Channel): Row["kind"] => (channel === "kernel" ? "op" : channel === "routes" ? "route" : "sent");

export const replayCommand = command<ReplayCommandOptions>({
  details:
    "Runs what an agent or reflector recorded (--record FILE) once more: without sockets, without a kernel, without waiting. Ends with\n" +
    "0 when every decision is the recorded one, else with 1 and the first that differs.",
  examples: [
    ["weft replay agent.jsonl --show none", "whether this version decides as the one that recorded"],
    ["weft replay agent.jsonl.gz --until 12.5 --show ops", "what was done to the kernel in the first 12.5 s"],
  ],
  configure,
  async run({ args, options }) {
    const [{ readRecording }, { replay }, { decisionText }, { inputTexts }] = await Promise.all([
      import("../../record/read-recording.ts"),
      import("../../replay/replay.ts"),
      import("../../replay/decision-text.ts"),
      import("../../replay/input-text.ts"),
    ]);
    const recording = readRecording(args[0]!);
    const rows = new Rows(options);
    const names = new PeerNames();
    const result = await replay(recording, {
      until: options.until === undefined ? undefined : options.until * 1000,
      onInput: (input, t) => {
        names.note(input);
        rows.add(t, "in", () => inputTexts(input, names.of));
      },
      onDecision: ({ channel, text }: Decision, t) => rows.add(t, kindOf(channel), () => [decisionText(channel, text, names.of)]),
      journal: { emit: (kind, fields) => rows.add(rows.time, "event", () => [`${kind.event}: ${kind.message(fields)}`]) },
    });
    const texts = (text: string | null): string | null =>
      text === null || !result.difference ? null : decisionText(result.difference.channel, text, names.of);
    rows.finish(recording.header, result, recording.brokenOff, texts);
    return result.difference || (result.crash && !result.crash.isRecorded) ? exitStatus.failed : exitStatus.ok;
  },
});

class PeerNames {
  readonly #names = new Map<number, string>();

  note(input: InputRecord): void {
    if (input.in === "peer-up") this.#names.set(input.slot, input.peer.name);
  }

  readonly of = (slot: number): string => this.#names.get(slot) ?? `slot ${slot}`;
}

/** Prints rows as they come, or all at the end as one JSON value. */
class Rows {
  readonly #options: ReplayCommandOptions;
  readonly #kinds: readonly Row["kind"][];
  readonly #kept: Row[] = [];
  /** Of the newest. */
  time = 0;

  constructor(options: ReplayCommandOptions) {
    this.#options = options;
    this.#kinds = shown[options.show ?? "all"];
  }

  add(t: number, kind: Row["kind"], texts: () => readonly string[]): void {
    this.time = t;
    if (!this.#kinds.includes(kind)) return;
    for (const text of texts()) {
      if (this.#options.output === "json") this.#kept.push({ t, kind, text });
      else print(`${seconds(t).padStart(10)}  ${kind.padEnd(5)}  ${text}`);
    }
  }

  finish(header: RecordingHeader, result: ReplayResult, brokenOff: boolean, texts: (text: string | null) => string | null): void {
    const { difference: d, crash, inputs, decisions, duration } = result;
    const difference = d ? { ...d, recorded: texts(d.recorded), replayed: texts(d.replayed) } : null;
    if (this.#options.output === "json") {
      const { component, version, began } = header;
      const verdict = crash ? "crashed" : d ? "different" : "identical";
      const fault = crash ? { t: crash.t, line: crash.line, recorded: crash.isRecorded, stack: crash.error.stack } : null;
      print(
        JSON.stringify(
          { verdict, component, version, began, inputs, decisions, duration, brokenOff, difference, crash: fault, rows: this.#kept },
          null,
          2,
        ),
      );
      return;
    }
    const of = `${header.component} of ${header.began}, weft ${header.version}`;
    if (crash) {
      print(
        `crashes after ${seconds(crash.t)} s, line ${crash.line}, ${crash.isRecorded ? "as recorded" : "which the recorded one did not"}, of ${of}`,
      );
      print(crash.error.stack ?? crash.error.message);
      return;
    }
    if (!difference) {
      print(
        `identical: ${inputs} inputs, ${decisions} decisions, ${seconds(duration)} s of ${of}${brokenOff ? "; the recording breaks off there" : ""}`,
      );
      return;
    }
    print(`different after ${seconds(difference.t)} s, line ${difference.line}, of ${of}`);
    print(`  recorded: ${difference.recorded ?? "nothing"}`);
    print(`  replayed: ${difference.replayed ?? "nothing"}`);
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
