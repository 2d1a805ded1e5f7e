// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { boundSockets, readUdpSockets } from "./read-sockets.ts";

// cat /proc/net/udp6 of a machine with a VXLAN device over IPv6.
const udp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 8342: 00000000000000000000000000000000:12B5 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 165723 2 0000000001d6423c 0
 8343: 000010FD000000000000000001000000:0EC8 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 17 2 0000000001d6423c 0
`;

test("rows of the kernel's table", () => {
  assert.deepEqual(boundSockets(udp6), [
    { address: "::", port: 4789, inode: "165723" },
    { address: "fd10::1", port: 3784, inode: "17" },
  ]);
});

test("a socket of a program is found with its process", async () => {
  const socket = dgram.createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  try {
    const { port } = socket.address();
    const mine = readUdpSockets().find((s) => s.port === port && s.address === "127.0.0.1");
    assert.equal(mine?.pid, process.pid);
    assert.notEqual(mine?.program, "");
  } finally {
    socket.close();
  }
});
