// SPDX-License-Identifier: Apache-2.0
import { stripVTControlCharacters, styleText } from "node:util";

export type Colour = "red" | "yellow" | "green" | "gray" | "bold";

/** A column of a table: its heading, its text, and perhaps a colour. */
export interface Column<R> {
  readonly title: string;
  readonly text: (row: R) => string;
  readonly colour?: (row: R) => Colour | undefined;
  /** Numbers stand at the right. */
  readonly align?: "left" | "right";
}

/** A column for a number. */
export function numberColumn<R>(title: string, value: (row: R) => number | null): Column<R> {
  return { title, align: "right", text: (row) => String(value(row) ?? "-") };
}

/** Text that may not break a line or steer the terminal: descriptions and reasons come from outside. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}+/gu, " ");
}

/** Lays out rows under headings; keeps its widths from one batch to the next, so that pages of a long list line up. */
export class Table<R> {
  readonly #columns: readonly Column<R>[];
  readonly #widths: number[];
  readonly #colours: boolean;
  #begun = false;

  constructor(columns: readonly Column<R>[], colours: boolean) {
    this.#columns = columns;
    this.#colours = colours;
    this.#widths = columns.map((c) => c.title.length);
  }

  /** Lines for these rows, the first time with headings. */
  lines(rows: readonly R[]): string[] {
    const cells = rows.map((row) => this.#columns.map((c) => printable(c.text(row))));
    for (const line of cells) line.forEach((cell, i) => (this.#widths[i] = Math.max(this.#widths[i]!, cell.length)));
    const out: string[] = [];
    if (!this.#begun)
      out.push(
        this.#line(
          this.#columns.map((c) => c.title),
          () => "bold",
        ),
      );
    this.#begun = true;
    cells.forEach((line, n) => out.push(this.#line(line, (i) => this.#columns[i]!.colour?.(rows[n]!))));
    return out;
  }

  #line(cells: readonly string[], colourOf: (column: number) => Colour | undefined): string {
    const last = cells.length - 1;
    const parts = cells.map((cell, i) => {
      const colour = this.#colours ? colourOf(i) : undefined;
      const shown = colour === undefined || cell === "" ? cell : styleText(colour, cell, { validateStream: false });
      const pad = " ".repeat(this.#widths[i]! - cell.length);
      if (this.#columns[i]!.align === "right") return pad + shown;
      return i === last ? shown : shown + pad;
    });
    return parts.join("  ").trimEnd();
  }
}
