// SPDX-License-Identifier: Apache-2.0
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Halves the time to start. Beside the code, not in a folder that others may write to: whoever can change the one can change
// the other. Where it cannot be written (a read-only system) nothing is lost but the time.
enableCompileCache(fileURLToPath(new URL("../../node_modules/.cache/weft", import.meta.url)));

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // `weft bgp routes | head`: the reader has seen enough.
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`weft: ${error.code}: standard output: ${error.message}\n`);
  process.exit(1);
});

// Imported only now: what is loaded before the cache is enabled is not in it.
const { runCommandLine } = await import("./run-command-line.ts");
const status = await runCommandLine(process.argv.slice(2));
// Written to the last octet, or known that it was not, before the status is given.
await new Promise((resolve) => process.stdout.write("", resolve));
process.exit(status);
