// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import type { Ip } from "../net/ip.ts";
import { Epoll } from "./epoll.ts";
import { SystemCallError } from "./errors.ts";
import { libc, setSocketOption } from "./libc.ts";
import { UdpBatch } from "./udp-batch.ts";
import { receivingUdp, sendDatagram, sendingUdp } from "./udp-socket.ts";

const port = 45_784;
const receiveBuffer = 1 << 16;
const batch = new UdpBatch(4, 64);

/** Waits until there is something to read, or an error. */
function readyOf(fd: number): ReturnType<Epoll["wait"]> {
  const epoll = new Epoll();
  try {
    epoll.add(fd);
    return epoll.wait(5000);
  } finally {
    epoll.close();
  }
}

for (const [family, here, there] of [
  ["IPv4", "127.9.5.1" as Ip, "127.9.5.2" as Ip],
  ["IPv6", "::1" as Ip, "::1" as Ip],
] as const) {
  test(`${family}: a datagram comes with its source and its TTL`, () => {
    const receiver = receivingUdp({ address: here, port }, { receiveBuffer });
    const sender = sendingUdp({ address: there, port: port + 1 }, { address: here, port }, undefined);
    try {
      assert.equal(sendDatagram(sender, Uint8Array.of(1, 2, 3)), undefined);
      assert.deepEqual(readyOf(receiver), [{ fd: receiver, isReadable: true, hasError: false }]);
      const got = batch.receive(receiver).map((d) => ({ ...d, bytes: [...d.bytes] }));
      assert.deepEqual(got, [{ bytes: [1, 2, 3], source: there, ttl: 255 }]);
      const [level, option] = family === "IPv4" ? ([0, 2] as const) : ([41, 16] as const);
      setSocketOption(sender, level, option, 17, "setsockopt");
      for (let i = 0; i < 6; i++) sendDatagram(sender, Uint8Array.of(i));
      readyOf(receiver);
      // As many as there are slots, then the rest.
      const rest = [...batch.receive(receiver).map((d) => [d.bytes[0], d.ttl]), ...batch.receive(receiver).map((d) => [d.bytes[0], d.ttl])];
      assert.deepEqual(
        rest,
        [0, 1, 2, 3, 4, 5].map((i) => [i, 17]),
      );
      assert.deepEqual(batch.receive(receiver), []);
    } finally {
      libc.close(receiver);
      libc.close(sender);
    }
  });

  test(`${family}: a closed port is told by the host that it is of`, () => {
    const sender = sendingUdp({ address: there, port: port + 1 }, { address: here, port }, undefined);
    try {
      assert.equal(sendDatagram(sender, Uint8Array.of(1)), undefined);
      assert.deepEqual(
        readyOf(sender).map((r) => [r.fd, r.hasError]),
        [[sender, true]],
      );
      assert.deepEqual(
        batch
          .errors(sender)
          .map(({ from, isPortUnreachable, isLocal, about }) => ({ from, isPortUnreachable, isLocal, about: [...about] })),
        [{ from: here, isPortUnreachable: true, isLocal: false, about: [1] }],
      );
      assert.deepEqual(batch.errors(sender), []);
      // Once it was read, the way is free.
      assert.equal(sendDatagram(sender, Uint8Array.of(1)), undefined);
    } finally {
      libc.close(sender);
    }
  });
}

test("an address that is not ours, and a port that is taken, are told", () => {
  const code = (wanted: string) => (e: unknown) => e instanceof SystemCallError && e.errnoName === wanted;
  assert.throws(() => receivingUdp({ address: "192.0.2.1" as Ip, port }, { receiveBuffer }), code("EADDRNOTAVAIL"));
  for (const address of ["127.9.5.3", "::1"] as Ip[]) {
    const fd = receivingUdp({ address, port }, { receiveBuffer });
    try {
      assert.throws(() => receivingUdp({ address, port }, { receiveBuffer }), code("EADDRINUSE"));
    } finally {
      libc.close(fd);
    }
  }
});

for (const family of ["udp4", "udp6"] as const) {
  test(`beside a program that listens at all addresses and allows it, also when it comes later (${family})`, async () => {
    const address = (family === "udp4" ? "127.9.5.4" : "::1") as Ip;
    const all = family === "udp4" ? "0.0.0.0" : "::";
    const listenAtAll = async (): Promise<dgram.Socket> => {
      const socket = dgram.createSocket({ type: family, reuseAddr: true, ipv6Only: family === "udp6" });
      socket.bind(port + 2, all);
      await once(socket, "listening");
      return socket;
    };
    const before = await listenAtAll();
    const ours = receivingUdp({ address, port: port + 2 }, { receiveBuffer });
    before.close();
    const later = await listenAtAll();
    const sender = sendingUdp({ address, port: port + 3 }, { address, port: port + 2 }, undefined);
    try {
      sendDatagram(sender, Uint8Array.of(9));
      readyOf(ours);
      assert.deepEqual(
        batch.receive(ours).map((d) => [...d.bytes]),
        [[9]],
      );
    } finally {
      later.close();
      libc.close(ours);
      libc.close(sender);
    }
  });
}

test("waiting for nothing ends with its time", () => {
  const epoll = new Epoll();
  assert.deepEqual(epoll.wait(1), []);
  epoll.close();
});
