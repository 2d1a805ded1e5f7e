// SPDX-License-Identifier: Apache-2.0
/** Writes docs/reference from the schemas, commands, errors and events of the program; with --check it only says whether they are true. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { agentSchema } from "../src/contract/config/agent-schema.ts";
import { labSchema } from "../src/contract/config/lab-schema.ts";
import { reflectorSchema } from "../src/contract/config/reflector-schema.ts";
import type { SchemaNode } from "../src/contract/config/schema-node.ts";
import { commandsPage } from "./reference/commands-page.ts";
import { configPage } from "./reference/config-page.ts";
import { errorsPage } from "./reference/errors-page.ts";
import { eventsPage } from "./reference/events-page.ts";

process.chdir(path.resolve(import.meta.dirname, ".."));
const folder = "docs/reference";

const check = "Checked by `weft config check FILE`, which names every fault at once.";
const pages: Readonly<Record<string, string>> = {
  "config-agent.md": configPage(
    "Configuration of an agent",
    "`src/contract/config/agent-schema.ts`",
    `The file of \`weft agent --config FILE\`, YAML 1.2. ${check}`,
    agentSchema as SchemaNode,
  ),
  "config-reflector.md": configPage(
    "Configuration of a reflector",
    "`src/contract/config/reflector-schema.ts`",
    `The file of \`weft reflector --config FILE\`, YAML 1.2. ${check}`,
    reflectorSchema as SchemaNode,
  ),
  "config-lab.md": configPage(
    "Topology of a lab",
    "`src/contract/config/lab-schema.ts`",
    `The file of \`weft lab up FILE\`, YAML 1.2. ${check}`,
    labSchema as SchemaNode,
  ),
  "commands.md": await commandsPage(),
  "errors.md": errorsPage(),
  "events-metrics.md": await eventsPage(),
};

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const stale = Object.entries(pages).filter(([name, text]) => read(path.join(folder, name)) !== text);
if (process.argv.includes("--check")) {
  for (const [name] of stale) console.error(`${folder}/${name} is not what the program says; run npm run docs`);
  if (stale.length === 0) console.log(`reference: ${Object.keys(pages).length} pages say what the program says`);
  process.exit(stale.length === 0 ? 0 : 1);
}
mkdirSync(folder, { recursive: true });
for (const [name, text] of stale) writeFileSync(path.join(folder, name), text);
console.log(`reference: ${stale.length} of ${Object.keys(pages).length} pages written`);
process.exit(0);
