// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import type { Ip } from "../net/ip.ts";
import { parsePrefix } from "../net/prefix.ts";
import { SystemCallError } from "./errors.ts";
import { libc } from "./libc.ts";
import { formatEndpoint } from "./socket-address.ts";
import { connectingTcp, listenTcp, longestMd5Key, octetsAcknowledged, setHopLimits, setMd5Key } from "./tcp-socket.ts";

const loopback = "127.0.0.1" as Ip;

function withListener(run: (fd: number) => void): void {
  const fd = listenTcp({ address: loopback, port: 0 });
  try {
    run(fd);
  } finally {
    libc.close(fd);
  }
}

function fails(errnoName: string, body: () => void): void {
  assert.throws(body, (error) => error instanceof SystemCallError && error.errnoName === errnoName);
}

test("Node takes over both ends, the source address is ours to choose", async () => {
  const server = net.createServer((socket) => socket.end(socket.remoteAddress ?? ""));
  await new Promise<void>((resolve) => server.listen({ fd: listenTcp({ address: loopback, port: 0 }, { ttl: 255 }) }, () => resolve()));
  const { port } = server.address() as net.AddressInfo;
  const socket = new net.Socket({ fd: connectingTcp(loopback, "127.0.0.77" as Ip, { ttl: 7, minTtl: 1 }) });
  socket.connect({ host: loopback, port });
  let said = "";
  for await (const chunk of socket) said += String(chunk);
  assert.equal(said, "127.0.0.77");
  await new Promise((resolve) => server.close(resolve));
});

test("what the kernel refuses is a typed error and leaves no descriptor", () => {
  fails("EADDRNOTAVAIL", () => listenTcp({ address: "192.0.2.1" as Ip, port: 0 }));
  fails("EADDRNOTAVAIL", () => connectingTcp(loopback, "192.0.2.1" as Ip));
  fails("ENOENT", () => listenTcp({ address: loopback, port: 0 }, { namespace: "/run/netns/there-is-none" }));
  withListener((fd) => fails("EINVAL", () => setHopLimits(fd, loopback, { ttl: 256 })));
});

test("MD5 keys of a live listener: set, replaced, removed", () => {
  withListener((fd) => {
    for (const text of ["10.0.0.4/32", "10.0.0.0/24"]) {
      const peer = parsePrefix(text)!;
      setMd5Key(fd, peer, "one");
      setMd5Key(fd, peer, "x".repeat(longestMd5Key));
      setMd5Key(fd, peer, undefined);
      fails("ENOENT", () => setMd5Key(fd, peer, undefined));
      fails("EINVAL", () => setMd5Key(fd, peer, "x".repeat(longestMd5Key + 1)));
    }
  });
});

test("endpoints in text", () => {
  assert.equal(formatEndpoint({ address: loopback, port: 179 }), "127.0.0.1:179");
  assert.equal(formatEndpoint({ address: "fd00::1" as Ip, port: 179 }), "[fd00::1]:179");
});

test("what the other side acknowledged rises with what it was sent", async () => {
  const server = net.createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  const fd = connectingTcp(loopback, undefined);
  const socket = new net.Socket({ fd });
  socket.connect({ host: loopback, port: (server.address() as net.AddressInfo).port });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  const before = octetsAcknowledged(fd);
  socket.write(new Uint8Array(1000));
  while (octetsAcknowledged(fd) < before + 1000n) await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  fails("EBADF", () => octetsAcknowledged(-1));
  await new Promise((resolve) => server.close(resolve));
});
