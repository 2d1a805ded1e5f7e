// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { command } from "../../src/lab/system/command.ts";
import { type Place, enter } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";

/** Captures with dumpcap while a test goes on, then has tshark read it. */
export class Capture {
  readonly file: string;
  readonly #child;
  #said = "";

  /** Options for tshark. */
  readonly #reading: readonly string[];

  /** `filter` is a pcap filter: `tcp port 179`. `device` may be `any`. `decodeAs`: `tcp.port==11019,bmp`, for what tshark does not guess. */
  constructor(place: Place, device: string, filter: string, decodeAs: readonly string[] = []) {
    this.#reading = decodeAs.flatMap((d) => ["-d", d]);
    this.file = `${place.folder}/capture-${Date.now().toString(36)}.pcapng`;
    const line = enter(place, ["dumpcap", "-q", "-i", device, "-f", filter, "-w", this.file]);
    this.#child = spawn(line[0]!, line.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr.setEncoding("utf8").on("data", (chunk: string) => void (this.#said += chunk));
  }

  /** Resolves once packets are being captured. */
  async started(): Promise<void> {
    await waitFor("dumpcap to capture", () => {
      if (this.#child.exitCode !== null) throw new Error(`dumpcap ended: ${this.#said}`);
      return this.#said.includes("File:") && statSync(this.file).size > 0;
    });
  }

  /**
   * Resolves once these octets are in the file, as many times as given: dumpcap gets packets from the kernel in blocks, some
   * time after they passed.
   */
  async has(octets: Uint8Array, times = 1): Promise<void> {
    await waitFor(`the capture to have ${Buffer.from(octets).toString("hex")} ${times} times`, () => {
      const bytes = readFileSync(this.file);
      let n = 0;
      for (let at = bytes.indexOf(octets); at >= 0; at = bytes.indexOf(octets, at + 1)) n++;
      return n >= times;
    });
  }

  /** Ends the capture. What passed last may be missing from the file: wait for it with {@link has}. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.kill("SIGINT");
    await closed;
  }

  /** One line per packet that matches a display filter: the fields, tab-separated. */
  async fields(displayFilter: string, names: readonly string[]): Promise<readonly (readonly string[])[]> {
    const out = await command([
      "tshark",
      "-r",
      this.file,
      ...this.#reading,
      "-Y",
      displayFilter,
      "-T",
      "fields",
      ...names.flatMap((n) => ["-e", n]),
    ]);
    return out
      .split("\n")
      .filter((l) => l !== "")
      .map((l) => l.split("\t"));
  }

  /** What tshark calls malformed among packets that match a display filter, one line each; empty when it understands everything. */
  async malformed(displayFilter = "frame"): Promise<readonly string[]> {
    const out = await command([
      "tshark",
      "-r",
      this.file,
      ...this.#reading,
      "-Y",
      `(${displayFilter}) && (_ws.malformed || _ws.expert.severity >= error)`,
      "-T",
      "fields",
      "-e",
      "frame.number",
      "-e",
      "_ws.expert.message",
    ]);
    return out.split("\n").filter((l) => l !== "");
  }
}
