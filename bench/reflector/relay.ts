// SPDX-License-Identifier: Apache-2.0
/**
 * What is left of a reflector without a table: hands every UPDATE of a client on to all others as it came. It shows what Node, the kernel
 * and generator.c do at most; nothing that keeps routes can be faster with many clients. `node bench/reflector/relay.ts ADDRESS`.
 */
import net from "node:net";
import { MessageFramer } from "../../src/bgp/speaker/message-framer.ts";
import { headerLength, messageType } from "../../src/bgp/wire/frame.ts";
import { keepalive } from "../../src/bgp/wire/keepalive.ts";
import { encodeMessage } from "../../src/bgp/wire/message.ts";

const address = process.argv[2]!;
const ready = new Set<net.Socket>();

net
  .createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("close", () => ready.delete(socket));
    let chunk = new Uint8Array(0);
    let joined: Uint8Array | undefined;
    let first = 0;
    let last = 0;
    const framer = new MessageFramer({
      message(type, bytes, start, end) {
        if (type === messageType.open) {
          // Its own OPEN with our identifier is an answer it can live with.
          const open = bytes.slice(start - headerLength, end);
          open.set(address.split(".").map(Number), headerLength + 5);
          socket.write(Buffer.concat([open, encodeMessage(keepalive, { fourOctetAs: true, peer: "unknown" })]));
        } else if (type === messageType.keepalive) {
          ready.add(socket);
        } else if (type === messageType.update && bytes !== chunk) {
          // Put together from two reads: it lies elsewhere, and not for long.
          joined = bytes.slice(start - headerLength, end);
        } else if (type === messageType.update) {
          if (last === 0) first = start - headerLength;
          last = end;
        }
        return true;
      },
      fault: () => socket.destroy(),
    });
    socket.on("data", (read) => {
      chunk = read;
      joined = undefined;
      last = 0;
      framer.push(read);
      for (const other of ready) {
        if (other === socket) continue;
        if (joined) other.write(joined);
        if (last > 0) other.write(read.subarray(first, last));
      }
    });
  })
  .listen({ host: address, port: 179, backlog: 2048 }, () => console.log("ready"));
