// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Ending, afterEnding } from "./restart-policy.ts";

const crash: Ending = { status: 70, signal: null, ran: 500 };

test("a failure is followed by a start, after pauses that grow to an end", () => {
  const pauses: number[] = [];
  let failures = 0;
  for (;;) {
    const verdict = afterEnding(crash, failures);
    if (verdict.kind === "stays-down") {
      assert.equal(verdict.why, "status 70, 11 times in a row");
      break;
    }
    pauses.push(verdict.pause);
    failures = verdict.failures;
  }
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, ...Array.from({ length: 6 }, () => 16_000)]);
});

test("who ran for a minute begins the count anew", () => {
  assert.deepEqual(afterEnding({ ...crash, ran: 60_000 }, 10), { kind: "again", pause: 1000, failures: 1 });
  assert.equal(afterEnding({ ...crash, ran: 59_999 }, 10).kind, "stays-down");
});

test("killed is a failure, asked to end is none", () => {
  for (const signal of ["SIGKILL", "SIGSEGV", "SIGABRT"] as const)
    assert.equal(afterEnding({ status: null, signal, ran: 0 }, 0).kind, "again", signal);
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    assert.equal(afterEnding({ status: null, signal, ran: 0 }, 0).kind, "stays-down", signal);
  assert.equal(afterEnding({ status: 0, signal: null, ran: 0 }, 0).kind, "stays-down");
});

test("what the units of systemd do not try again is not tried here", () => {
  for (const unit of ["weft-agent", "weft-reflector"]) {
    const text = readFileSync(`deploy/${unit}.service`, "utf8");
    const prevented = /^RestartPreventExitStatus=(.+)$/m.exec(text)![1]!.split(" ").map(Number);
    for (let status = 1; status < 128; status++)
      assert.equal(afterEnding({ status, signal: null, ran: 0 }, 0).kind === "stays-down", prevented.includes(status), `status ${status}`);
  }
});
