// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import { commandTree } from "./command-tree.ts";
import { exitStatus } from "./exit-status.ts";

const weft = path.resolve(import.meta.dirname, "../../bin/weft");
const folder = mkdtempSync(path.join(os.tmpdir(), "weft-cli-"));
after(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(argv: readonly string[], input = "", env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const child = spawn(weft, argv, { env: { ...process.env, NO_COLOR: "1", ...env }, stdio: "pipe" });
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  // Most commands do not read it, and may be over before it is written (EPIPE).
  child.stdin.on("error", () => undefined).end(input);
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, out, err };
}

function file(name: string, content: string): string {
  const at = path.join(folder, name);
  writeFileSync(at, content);
  return at;
}

describe("the program as it is started", { concurrency: 3 }, () => {
  test("help names every command, and each command explains itself", async () => {
    const { status, out } = await run(["--help"]);
    assert.equal(status, exitStatus.ok);
    for (const { path: words } of commandTree) assert.match(out, new RegExp(`^  ${words.split(" ")[0]!} `, "m"));
    const routes = await run(["help", "bgp", "routes"]);
    assert.equal(routes.status, exitStatus.ok);
    assert.match(routes.out, /--mac <mac> /);
    assert.match(routes.out, /^Examples:$/m);
  });

  test("version", async () => {
    const wanted = (JSON.parse(readFileSync(path.resolve(import.meta.dirname, "../../package.json"), "utf8")) as { version: string })
      .version;
    assert.equal((JSON.parse((await run(["-o", "json", "version"])).out) as { weft: string }).weft, wanted);
  });

  test("a usage error is one line, with what to do", async () => {
    const err = "weft: WEFT_USAGE: unknown command 'staus'; did you mean status?\n";
    assert.deepEqual(await run(["staus"]), { status: exitStatus.usage, out: "", err });
  });

  test("output that cannot be written is an error, and a reader that has seen enough is none", async () => {
    const shell = async (line: string): Promise<Outcome> => {
      const child = spawn("bash", ["-c", line, weft], { stdio: ["ignore", "pipe", "pipe"] });
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
      const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      return { status, out, err };
    };
    const full = await shell('"$0" version > /dev/full');
    assert.equal(full.status, exitStatus.failed);
    assert.match(full.err, /^weft: ENOSPC: standard output: .*\n$/);
    // More than a pipe holds.
    const routes = "031100010a000001006400000000200a000001".repeat(2000);
    const head = await shell(`set -o pipefail; echo ${routes} | "$0" bgp decode --as nlri - | head -1`);
    assert.deepEqual(head, { status: exitStatus.ok, out: "[\n", err: "" });
  });

  test("without a daemon there is one answer", async () => {
    const { status, out, err } = await run(["evpn", "macs"], "", { WEFT_RUN_DIR: folder });
    assert.equal(status, exitStatus.unavailable);
    assert.equal(out, "");
    assert.match(err, /^weft: WEFT_NOT_RUNNING: nothing answers at .*weft-cli-.*; start weft agent/);
  });

  test("decode: octets in, JSON and the same octets out", async () => {
    const hex = "031100010a000001006400000000200a000001";
    const { status, out } = await run(["bgp", "decode", "--as", "nlri", "--reencode", "-"], `${hex.slice(0, 10)} 0x${hex.slice(10)}\n`);
    assert.equal(status, exitStatus.ok);
    const lines = out.trimEnd().split("\n");
    assert.equal(lines.at(-1), hex);
    const value = JSON.parse(lines.slice(0, -1).join("\n")) as { type: number; rd: string; originator: string };
    assert.deepEqual([value.type, value.rd, value.originator], [3, "10.0.0.1:100", "10.0.0.1"]);
  });

  test("decode: what is malformed has a verdict and a status of its own", async () => {
    const cut = await run(["bgp", "decode", "--as", "nlri", "031100010a0000010064000000002000"]);
    assert.equal(cut.status, exitStatus.malformed);
    assert.equal((JSON.parse(cut.out) as { verdict: string }).verdict, "afi-safi-disable");
    assert.match(cut.err, /^weft: WEFT_MALFORMED: afi-safi-disable: /);
    const noHex = await run(["bgp", "decode", "hello"]);
    assert.equal(noHex.status, exitStatus.malformed);
    assert.match(noHex.err, /^weft: WEFT_NOT_HEX: /);
  });

  test("decode: by the rules of the peer, and with path identifiers", async () => {
    // ORIGIN, AS_PATH (empty), NEXT_HOP 10.0.0.1; routes 10.0.0.0/8.
    const whole = "0000000e 40010100 400200 4003040a000001 080a";
    const read = async (...more: readonly string[]): Promise<readonly (string | number | null)[]> => {
      const { status, out } = await run(["bgp", "decode", "--as", "update", whole, ...more]);
      return [status, (JSON.parse(out) as { verdict?: string }).verdict ?? null];
    };
    assert.deepEqual(await read(), [exitStatus.ok, null]);
    assert.deepEqual(await read("--peer", "ebgp"), [exitStatus.ok, null]);
    assert.deepEqual(await read("--peer", "ibgp"), [exitStatus.malformed, "treat-as-withdraw"]);
    const path = ["bgp", "decode", "--as", "nlri", "--family", "ipv4-unicast", "--reencode", "00000007080a"];
    const { out } = await run([...path, "--add-path", "l2vpn-evpn", "--add-path", "ipv4-unicast"]);
    assert.match(out, /"pathId": 7/);
    assert.match(out, /\n00000007080a\n$/);
    assert.doesNotMatch((await run(path)).out, /pathId/);
  });

  test("config check", async () => {
    const agent = file("agent.yaml", "bgp: { asn: 1, routerId: 1.1.1.1 }\nvtep: { address: 1.1.1.1 }\n");
    assert.deepEqual(await run(["config", "check", agent]), { status: exitStatus.ok, out: `${agent}: a valid agent file\n`, err: "" });
    assert.match((await run(["config", "check", "--print", agent])).out, /^ {2}port: 4789$/m);
  });

  test("config check: every fault, with exit status 78", async () => {
    const bad = file("bad.yaml", "bgp: { asn: 1, routerId: 1.1.1 }\nvtpe: {}\n");
    const { status, out, err } = await run(["config", "check", bad]);
    assert.equal(status, exitStatus.config);
    assert.equal(out, "");
    const lines = err.trimEnd().split("\n");
    assert.match(lines[0]!, /bad\.yaml:1:26: bgp\.routerId: "1\.1\.1" is not a usable IPv4 address; .* \[WEFT_CONFIG_VALUE\]$/);
    assert.match(lines[1]!, /bad\.yaml:2:1: vtpe: unknown key; .*did you mean "vtep"\? \[WEFT_CONFIG_UNKNOWN_KEY\]$/);
    const missing = await run(["reflector", "--config", path.join(folder, "none.yaml"), "--run-dir", folder]);
    assert.equal(missing.status, exitStatus.config);
    assert.match(missing.err, /none\.yaml: cannot be read: ENOENT \[WEFT_CONFIG_UNREADABLE\]\n$/);
  });

  test("policy test: routes that cannot be read are no crash", async () => {
    const policy = file("policy.yaml", "bgp: { asn: 65000, routerId: 10.0.0.4, policies: { p: { default: accept, rules: [] } } }\n");
    const of = (routes: string): Promise<Outcome> => run(["policy", "test", "--config", policy, "--policy", "p", "--routes", routes]);
    const half = await of(file("half.json", '[{ "rd": "10.0.0.1:1", "route": "[3]:[0]:[32]:[10.0.0.1]", "nextHop": "10.0.0.1" }]'));
    assert.deepEqual(
      [half.status, half.err],
      [2, "weft: WEFT_MALFORMED: the routes are no JSON list, as `weft bgp routes -o json` prints it\n"],
    );
    const none = await of(path.join(folder, "none.json"));
    assert.equal(none.status, 2);
    assert.match(none.err, /none\.json: cannot be read: ENOENT\n$/);
  });

  test("completion in bash: what readline would put in", async () => {
    // As bash calls it: the line so far, and the words that it would cut itself.
    const ask = `source <("$0" completion bash); source <("$0" completion bash)
      for COMP_LINE in "$@"; do
        COMP_LINE="weft$COMP_LINE" COMP_POINT=\${#COMP_LINE} COMP_WORDS=("$0")
        COMP_POINT=\${#COMP_LINE}; __weft_complete 2>/dev/null; echo "\${COMPREPLY[*]}"
      done; complete -p weft`;
    const lines = [" evpn n", " status --output ", " status --output=j", " bgp sum", ' lab down "$(touch ran)"'];
    const child = spawn("bash", ["--norc", "-c", ask, weft, ...lines], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    assert.deepEqual((await text(child.stdout)).split("\n"), [
      "networks neighbours",
      "table json yaml",
      "json",
      "summary",
      "",
      "complete -o default -F __weft_complete weft",
      "",
    ]);
    assert.ok(!existsSync(path.join(folder, "ran")), "what is typed is not run");
  });

  test("completion for zsh and fish", async () => {
    assert.match((await run(["completion", "zsh"])).out, /^#compdef weft$/m);
    assert.match((await run(["completion", "fish"])).out, /^complete -c weft -f -a /m);
    assert.equal((await run(["completion", "tcsh"])).status, exitStatus.usage);
  });
});
