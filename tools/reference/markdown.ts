// SPDX-License-Identifier: Apache-2.0

/** Text that may stand in a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A page with its title and where it comes from. */
export function page(title: string, source: string, parts: readonly string[]): string {
  const note = `<!-- Made by \`npm run docs\` from ${source}. Changes belong there. -->`;
  return `${[`# ${title}`, note, ...parts].join("\n\n")}\n`;
}
