// SPDX-License-Identifier: Apache-2.0
/** Fails when an import points up, a pure folder does I/O, a file is too long, or files import in a circle. One table says what may see what. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

/** Folder (longest match wins) → folders it may import from, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "src/base": [],
  "src/bgp/wire": ["src/base"],
  "src/bgp/session": ["src/base", "src/bgp/wire"],
  "src/bgp/rib": ["src/base", "src/bgp/wire"],
  "src/bgp/speaker": ["src/base", "src/bgp"],
  "src/bfd/packet": ["src/base"],
  "src/bfd/session": ["src/base", "src/bfd/packet"],
  "src/bfd/engine": ["src/base", "src/bfd/packet", "src/bfd/session"],
  "src/bfd": ["src/base"],
  "src/bmp/wire": ["src/base", "src/bgp/wire"],
  "src/bmp": ["src/base", "src/bgp"],
  "src/netlink": ["src/base"],
  "src/nftables": ["src/base"],
  "src/evpn": ["src/base", "src/bgp"],
  "src/contract": ["src/base"],
  "src/record": ["src/base", "src/bgp", "src/netlink", "src/contract"],
  "src/daemon": ["src/base", "src/bgp", "src/bfd", "src/bmp", "src/contract", "src/record"],
  "src/agent": ["src/base", "src/bgp", "src/bmp", "src/netlink", "src/nftables", "src/evpn", "src/contract", "src/record", "src/daemon"],
  "src/reflector": ["src/base", "src/bgp", "src/bmp", "src/contract", "src/record", "src/daemon"],
  "src/replay": ["src/base", "src/bgp", "src/netlink", "src/evpn", "src/contract", "src/record", "src/daemon", "src/agent"],
  "src/doctor": ["src/base", "src/netlink", "src/contract", "src/agent"],
  "src/lab": ["src/base", "src/netlink", "src/contract"],
  "src/cli": ["src"],
  test: ["src"],
  bench: ["src", "test"],
  fuzz: ["src"],
  tools: ["src", "test"],
};

/** Decide and compute only: no I/O module, no clock, no log. */
const pure = [
  "src/bgp/wire",
  "src/bgp/session",
  "src/bgp/rib",
  "src/bfd/packet",
  "src/bfd/session",
  "src/bfd/engine",
  "src/bmp/wire",
  "src/evpn",
  "src/agent/desired",
  "src/agent/local",
  "src/agent/reconcile/plan",
  "src/doctor/check",
];
const impureModule = /^node:(fs|net|http|http2|https|child_process|dgram|os|timers|worker_threads|tls|process)|^(koffi|pino)$/;
const impureCall = /\b(Date\.now|performance\.now|setTimeout|setInterval|setImmediate|console\.\w+|process\.\w+)\s*\(/;

const longest = 500;
const problems: string[] = [];
const graph = new Map<string, string[]>();

for (const file of globSync(["src/**/*.ts", "test/**/*.ts", "bench/**/*.ts", "tools/**/*.ts", "fuzz/**/*.ts"]).toSorted()) {
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n").length - 1;
  if (lines > longest) problems.push(`${file}: ${lines} lines; none may pass ${longest}`);
  if (/(^|\/)(utils?|common|helpers?|index)\.ts$/.test(file)) problems.push(`${file}: a name that says nothing`);
  if (/^export default /m.test(text)) problems.push(`${file}: default export`);
  const home = Object.keys(mayImport)
    .filter((d) => file.startsWith(`${d}/`))
    .toSorted((a, b) => b.length - a.length)[0];
  if (!home) {
    problems.push(`${file}: stands in no folder that check-imports knows`);
    continue;
  }
  const isPure = !file.endsWith(".test.ts") && pure.some((d) => file.startsWith(`${d}/`) || file.startsWith(`${d}.`));
  if (isPure) {
    text.split("\n").forEach((line, i) => {
      if (!/^\s*(\*|\/\/|\/\*)/.test(line) && impureCall.test(line))
        problems.push(`${file}:${i + 1}: a pure folder calls ${impureCall.exec(line)![1]}`);
    });
  }
  const targets: string[] = [];
  for (const m of text.matchAll(/^\s*(?:import|export)\b[^;]*?from\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm)) {
    const spec = (m[1] ?? m[2])!;
    if (!spec.startsWith(".")) {
      if (isPure && impureModule.test(spec)) problems.push(`${file}: a pure folder imports ${spec}`);
      continue;
    }
    const target = path.join(path.dirname(file), spec);
    if (!m[0].trim().startsWith("import(")) targets.push(target);
    if (file.endsWith(".test.ts") || target.startsWith(`${home}/`)) continue;
    if (!mayImport[home]!.some((d) => target.startsWith(`${d}/`))) problems.push(`${file}: ${home} may not import ${target}`);
  }
  graph.set(file, targets);
}

const state = new Map<string, "open" | "done">();
function visit(file: string, trail: readonly string[]): void {
  if (state.get(file) === "done") return;
  if (state.get(file) === "open") {
    problems.push(`cycle: ${[...trail.slice(trail.indexOf(file)), file].join(" → ")}`);
    return;
  }
  state.set(file, "open");
  for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
  state.set(file, "done");
}
for (const file of graph.keys()) visit(file, []);

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`imports: ${graph.size} files, no cycle, every import points down`);
