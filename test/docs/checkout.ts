// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { tryCommand } from "../../src/lab/system/command.ts";
import { block } from "./page.ts";

/** Top of this checkout. */
export const checkout = path.resolve(import.meta.dirname, "../..");

/** Types the block of a page that has this tag, at the top of the checkout. @returns what it printed @throws Error when it fails */
export async function typedInCheckout(markdown: string, tag: string): Promise<string> {
  const script = `cd ${checkout}; PATH=${checkout}/bin:$PATH\n${block(markdown, tag)}`;
  const { status, stdout, stderr } = await tryCommand(["sh", "-e", "-c", script], { timeout: 180_000 });
  if (status !== 0) throw new Error(`${tag}: status ${status}: ${stderr}${stdout}`);
  return stdout;
}
