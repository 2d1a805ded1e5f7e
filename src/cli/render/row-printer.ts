// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { type Column, Table } from "./table.ts";
import { printNote, wantsColour } from "./output.ts";
import type { OutputFormat } from "../inspect-options.ts";

/** Rows that are laid out together: the first of them set the widths. */
const batchSize = 1_000;

/** Prints rows that come one by one and may be more than fit into memory; each is a line of JSON. */
export class RowPrinter<R> {
  readonly #format: OutputFormat | "wide";
  readonly #nothing: string;
  readonly #table: Table<R>;
  #waiting: string[] = [];
  #printed = 0;

  /** @param nothing said on standard error when there was no row, so that pipes get nothing */
  constructor(format: OutputFormat | "wide", columns: readonly Column<R>[], nothing: string) {
    this.#format = format;
    this.#nothing = nothing;
    this.#table = new Table(columns, wantsColour());
  }

  async line(json: string): Promise<void> {
    this.#waiting.push(json);
    if (this.#waiting.length >= batchSize) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    if (this.#format === "json") await write(this.#printed === 0 ? "[]\n" : "\n]\n");
    else if (this.#printed === 0 && this.#format === "yaml") await write("[]\n");
    else if (this.#printed === 0) printNote(this.#nothing);
  }

  async #flush(): Promise<void> {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    const first = this.#printed === 0;
    this.#printed += lines.length;
    if (this.#format === "json") {
      await write(`${first ? "[\n" : ",\n"}${lines.join(",\n")}`);
      return;
    }
    const rows = lines.map((line) => JSON.parse(line) as R);
    if (this.#format === "yaml") await write((await import("yaml")).stringify(rows));
    else await write(`${this.#table.lines(rows).join("\n")}\n`);
  }
}

/** As fast as whoever reads standard output takes it. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
