// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import net from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { HttpApp } from "./http-app.ts";

const app = new HttpApp();
app.get("/query", ({ query }) => query);
app.post("/body", ({ body }) => ({ body }));
app.get("/fault", () => {
  throw Object.assign(new Error("odd"), { code: "ENOENT", status: "odd" });
});
app.get("/nothing", () => Promise.reject(null));
before(() => app.listen({ host: "127.0.0.1", port: 0 }));
after(() => app.close());

/** Sends octets as they are. @returns status line and body of the only answer */
async function say(octets: string): Promise<readonly [status: string, body: string]> {
  const socket = net.connect((app.address() as net.AddressInfo).port, "127.0.0.1");
  socket.write(octets);
  const answer = await text(socket);
  const [head, body] = answer.split("\r\n\r\n", 2) as [string, string];
  return [head.split("\r\n")[0]!, body];
}

const ask = (line: string, body = ""): ReturnType<typeof say> =>
  say(`${line} HTTP/1.1\r\nHost: weft\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

async function codeOf(answer: ReturnType<typeof say>): Promise<string> {
  const [status, body] = await answer;
  return `${status.split(" ")[1]} ${(JSON.parse(body) as { error: { code: string } }).error.code}`;
}

test("what is no HTTP is refused in the words of every other refusal", async () => {
  assert.equal(await codeOf(say("GARBAGE\r\n\r\n")), "400 WEFT_BAD_REQUEST");
  assert.equal(await codeOf(say(`GET /query HTTP/1.1\r\nHost: weft\r\nX: ${"x".repeat(20_000)}\r\n\r\n`)), "431 WEFT_BAD_REQUEST");
});

test("a body that is no JSON or too long is refused, one that is none is none", async () => {
  assert.equal(await codeOf(ask("POST /body", "{")), "400 WEFT_BAD_REQUEST");
  assert.equal(await codeOf(ask("POST /body", `"${"x".repeat(1 << 20)}"`)), "400 WEFT_BAD_REQUEST");
  assert.equal((await ask("POST /body"))[1], "{}");
  assert.equal((await ask("POST /body", "[1]"))[1], '{"body":[1]}');
});

test("a parameter given twice is a list, whatever its name", async () => {
  const [, body] = await ask("GET /query?a=1&a=%zz&__proto__=2&b=");
  assert.equal(body, '{"a":["1","%zz"],"__proto__":"2","b":""}');
});

test("paths and methods that nobody serves, and faults, have codes", async () => {
  assert.equal(await codeOf(ask("GET /elsewhere")), "404 WEFT_NOT_FOUND");
  assert.equal(await codeOf(ask("DELETE /query")), "404 WEFT_NOT_FOUND");
  assert.equal(await codeOf(ask("GET http://[")), "404 WEFT_NOT_FOUND");
  assert.equal(await codeOf(ask("GET /fault")), "500 WEFT_INTERNAL");
  assert.equal(await codeOf(ask("GET /nothing")), "500 WEFT_INTERNAL");
  assert.equal((await ask("GET /query/"))[0], "HTTP/1.1 200 OK");
});
