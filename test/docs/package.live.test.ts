// SPDX-License-Identifier: Apache-2.0
/** docs/operate/install.md: the package is built, packed, installed and run as an operator does; its units are valid. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { type CommandResult, command, tryCommand } from "../../src/lab/system/command.ts";
import { type Place, enter } from "../../src/lab/system/place.ts";
import { startProcess, stopProcess } from "../../src/lab/system/managed-process.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";
import { blocks, page } from "./page.ts";

const root = path.resolve(import.meta.dirname, "../..");
const net = new Scratch("docpkg");
after(async () => await net.remove());

/** What the units give the agent. */
const capabilities = "-all,+net_admin,+net_bind_service,+sys_admin";
const fewer = [
  "setpriv",
  `--bounding-set=${capabilities}`,
  `--inh-caps=${capabilities}`,
  `--ambient-caps=${capabilities}`,
  "--no-new-privs",
];

let tarball: string;
let contents: readonly string[];
let h1: Place;
/** `weft` of a package installed with `-g`, and of one among the dependencies of a project. */
let global: string;
let hoisted: string;

/** Without a Node or anything of ours in PATH. */
async function run(argv: readonly string[]): Promise<CommandResult> {
  return await tryCommand(["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", ...argv]);
}

before(async () => {
  h1 = await net.host("h1");
  // A copy, so that a build beside other tests changes nothing under them.
  const copy = `${net.folder}/checkout`;
  mkdirSync(copy);
  for (const name of ["bin", "deploy", "docs", "src", "LICENSE", "README.md", "package.json", "tsconfig.json", "tsconfig.build.json"])
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"));
  await command(["sh", "-c", `cd ${copy} && PATH=${root}/node_modules/.bin:$PATH npm pack --loglevel=error`], { timeout: 120_000 });
  tarball = path.join(
    copy,
    readdirSync(copy).find((n) => n.endsWith(".tgz"))!,
  );
  contents = (await command(["tar", "tzf", tarball])).trimEnd().split("\n");
  // No compiler and no script of a dependency is needed.
  const install = ["npm", "install", "-g", "--prefix", `${net.folder}/global`, "--prefer-offline", "--ignore-scripts"];
  await command([...install, "--no-audit", "--no-fund", "--loglevel=error", tarball], { timeout: 120_000 });
  global = `${net.folder}/global/bin/weft`;
  // As npm lays out a project: dependencies beside the package, not in it.
  const [modules, own] = [`${net.folder}/project/node_modules`, `${net.folder}/global/lib/node_modules/weft`];
  mkdirSync(`${modules}/.bin`, { recursive: true });
  for (const name of readdirSync(`${own}/node_modules`))
    if (!name.startsWith(".")) symlinkSync(`${own}/node_modules/${name}`, `${modules}/${name}`);
  cpSync(own, `${modules}/weft`, { recursive: true, filter: (from) => from !== `${own}/node_modules` });
  symlinkSync("../weft/bin/weft", `${modules}/.bin/weft`);
  hoisted = `${modules}/.bin/weft`;
});

test("the package holds what runs and what is read, and no test", () => {
  for (const wanted of ["bin/weft", "dist/cli/main.js", "deploy/weft-agent.service", "docs/operate/install.md", "README.md", "LICENSE"])
    assert.ok(contents.includes(`package/${wanted}`), wanted);
  assert.deepEqual(
    contents.filter((f) => /\.test\.|\/testing\/|\.ts$|\.map$/.test(f)),
    [],
  );
  assert.ok(statSync(tarball).size < 1_000_000, `${statSync(tarball).size} octets`);
});

test("the bundled runtime is found in both layouts, without a Node in PATH", async () => {
  for (const weft of [global, hoisted]) {
    const { status, stdout, stderr } = await run([weft, "version"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^weft \d+\.\d+\.\d+ \(Node\.js v?2[4-9]\./);
    assert.match((await run([weft, "--help"])).stdout, /^ {2}agent /m);
  }
});

test("without a runtime it says so", async () => {
  const bare = `${net.folder}/bare`;
  mkdirSync(`${bare}/bin`, { recursive: true });
  cpSync(path.join(root, "bin/weft"), `${bare}/bin/weft`);
  const { status, stderr } = await run([`${bare}/bin/weft`, "version"]);
  assert.equal(status, 69);
  assert.match(stderr, /^weft: WEFT_NO_RUNTIME: no Node\.js >= 24/);
});

test("the installed agent runs with the capabilities of its unit, and is told to reload and to stop", async () => {
  await net.ip(h1, ["address add 10.0.0.1/32 dev lo"]);
  const file = `${h1.folder}/agent.yaml`;
  const networks = "networks: [{ name: blue, vni: 100 }]\n";
  writeFileSync(file, `bgp: { asn: 65000, routerId: 10.0.0.1 }\nvtep: { address: 10.0.0.1 }\n${networks}`);
  const ask = async (...argv: readonly string[]): Promise<CommandResult> => await run([global, ...argv, "--run-dir", `${h1.folder}/run`]);
  assert.equal((await run([global, "config", "check", file])).status, 0);
  await startProcess(h1, "agent", [...fewer, global, "agent", "--config", file, "--run-dir", `${h1.folder}/run`]);
  await waitFor("the agent", async () => (await ask("health")).status === 0);
  assert.deepEqual([(await ask("kernel", "diff")).status, (await ask("evpn", "networks")).stdout.includes("vx100")], [0, true]);
  writeFileSync(file, readFileSync(file, "utf8").replace("vni: 100", "vni: 101"));
  assert.equal((await ask("reload")).status, 0);
  await waitFor("the other device", async () => (await net.run(h1, ["ip", "link", "show"])).includes("vx101"));
  await stopProcess(h1, "agent", "SIGTERM");
  assert.match(await net.run(h1, ["ip", "link", "show", "vx101"]), /vx101/);
  assert.match(await command(enter(h1, [global, "agent", "cleanup", "--run-dir", `${h1.folder}/run`])), /vx101/);
});

test("the units are valid and name what there is", async () => {
  for (const name of ["weft-agent.service", "weft-reflector.service"]) {
    const unit = readFileSync(path.join(root, "deploy", name), "utf8");
    assert.match(unit, /^Type=notify$/m);
    assert.match(unit, /^RestartPreventExitStatus=.*\b78$/m);
    writeFileSync(`${net.folder}/${name}`, unit.replaceAll("/usr/local/bin/weft", global));
    const { status, stdout, stderr } = await tryCommand(["systemd-analyze", "verify", `${net.folder}/${name}`]);
    assert.deepEqual([status, `${stdout}${stderr}`.split("\n").filter((l) => l.includes(name))], [0, []]);
  }
});

test("the configurations of the page are valid", async () => {
  const examples = blocks(page("docs/operate/install.md")).filter((b) => b.tags.includes("reflector"));
  assert.equal(examples.length, 1);
  writeFileSync(`${net.folder}/reflector.yaml`, examples[0]!.text);
  const { status, stderr } = await run([global, "config", "check", `${net.folder}/reflector.yaml`]);
  assert.equal(status, 0, stderr);
});
