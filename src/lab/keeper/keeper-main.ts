// SPDX-License-Identifier: Apache-2.0
/** The keeper of one lab, a process of its own: `keeper-main.ts FOLDER` listens on `FOLDER/keeper.sock`. */
import { rmSync } from "node:fs";
import net from "node:net";
import { text } from "node:stream/consumers";
import { Keeper, type KeptProgram } from "./keeper.ts";

const socketPath = `${process.argv[2]!}/keeper.sock`;
const keeper = new Keeper((line) => void process.stdout.write(`${new Date().toISOString()} ${line}\n`));

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  void answer(socket);
});
server.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EADDRINUSE") throw error;
  // Left by one that was killed; or another was quicker, and one is enough.
  const other = net.connect(socketPath);
  other.on("connect", () => process.exit(0));
  other.on("error", () => {
    rmSync(socketPath, { force: true });
    server.listen(socketPath);
  });
});
server.listen(socketPath);

/** One program per connection: its JSON, then the end; the answer is the process or what went wrong. */
async function answer(socket: net.Socket): Promise<void> {
  try {
    const program = JSON.parse(await text(socket)) as KeptProgram;
    socket.end(JSON.stringify({ process: await keeper.start(program) }));
  } catch (error) {
    socket.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  }
}
