// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import { test } from "node:test";
import { recordProcess } from "../system/managed-process.ts";
import { identify } from "../../base/sys/process-identity.ts";
import { startKept } from "./keeper-client.ts";

/** A lab's folder whose keeper is this process, and answers `reply`. */
async function asked(reply: string): Promise<unknown> {
  const folder = mkdtempSync(`${os.tmpdir()}/weft-keeper-`);
  const server = net.createServer({ allowHalfOpen: true }, (socket) => void socket.resume().on("end", () => socket.end(reply)));
  try {
    recordProcess(folder, { name: "keeper", argv: [], log: "", identity: identify(process.pid)! });
    server.listen(`${folder}/keeper.sock`);
    await once(server, "listening");
    return await startKept({ namespace: "weft-none", folder: `${folder}/h1`, keptBy: folder }, "agent", ["true"]);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

test("the process that the keeper started is handed on", async () => {
  assert.deepEqual(await asked('{"process":{"name":"agent"}}'), { name: "agent" });
});

for (const [what, reply, message] of [
  ["a keeper that could not start it", '{"error":"agent: no such file"}', /^agent: no such file$/],
  ["a keeper that ends before it answers", "", /^agent: the lab's keeper ended before it answered; its log: /],
] as const) {
  test(`${what} is told as an error of the lab`, async () => {
    await assert.rejects(asked(reply), { code: "WEFT_LAB_PROCESS", message });
  });
}
