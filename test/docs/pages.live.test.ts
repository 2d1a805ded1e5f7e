// SPDX-License-Identifier: Apache-2.0
/** What holds for every page: links lead somewhere, commands exist, and README has two commands for a fresh machine. */
import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { blocks, page } from "./page.ts";

const root = path.resolve(import.meta.dirname, "../..");
const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", ...globSync("docs/**/*.md", { cwd: root }).toSorted()];
/** By their headings, and by the other names that stand below some. */
const commands = new Set(
  [...page("docs/reference/commands.md").matchAll(/^## weft (.+)$|^`weft (.+)` is the same\.$/gm)].map((m) => (m[1] ?? m[2])!),
);

/** GitHub's anchor of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

for (const name of pages) {
  test(`${name}: links lead to what is there`, () => {
    for (const [, target] of page(name).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const [file, fragment] = target!.split("#") as [string, string | undefined];
      const to = file === "" ? name : path.join(path.dirname(name), file);
      assert.ok(existsSync(path.join(root, to)), `${target} of ${name}`);
      if (fragment === undefined || !to.endsWith(".md")) continue;
      const headings = [...page(to).matchAll(/^#+ (.+)$/gm)].map((m) => anchor(m[1]!));
      assert.ok(headings.includes(fragment), `${target} of ${name}: headings are ${headings.join(", ")}`);
    }
  });
}

for (const name of pages.filter((p) => p === "README.md" || p.startsWith("docs/operate/"))) {
  test(`${name}: every weft command is one that there is`, () => {
    const code = [...page(name).matchAll(/`([^`\n]+)`/g)].map((m) => m[1]!);
    const lines = blocks(page(name)).flatMap((b) => (b.language === "sh" ? b.text.split("\n") : []));
    for (const line of [...code, ...lines])
      for (const [, words] of line.matchAll(/(?:^|[;&|] ?|bin\/|exec \S+ \S+ )weft ((?:[a-z]+ ?)+)/g)) {
        const said = words!.trim().split(" ");
        assert.ok(
          said.some((_, i) => commands.has(said.slice(0, i + 1).join(" "))),
          `${name}: weft ${words}`,
        );
      }
  });
}

test("README names the two commands for a fresh machine, and they are there", () => {
  const scripts = (JSON.parse(page("package.json")) as { readonly scripts: Readonly<Record<string, string>> }).scripts;
  const lines = blocks(page("README.md")).flatMap((b) => (b.language === "sh" ? b.text.split("\n") : []));
  assert.deepEqual(
    lines.filter((l) => l.startsWith("npm ")).map((l) => l.split("#")[0]!.trim()),
    ["npm run demo", "npm test"],
  );
  assert.ok(scripts["demo"] !== undefined && scripts["test"] !== undefined);
});
