// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../base/run/clock.ts";
import type { Connection } from "./connection.ts";

/** For last words to be read at stop, ms. */
const partingLimit = 1_000;

/** Waits until all sockets are gone, not for long; what is left then is destroyed. @param sockets those that go leave it by themselves */
export async function parted(sockets: ReadonlySet<Connection>, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const all = (): boolean => sockets.size === 0;
    if (all()) {
      resolve();
      return;
    }
    const poll = clock.every(10, () => {
      if (all()) finish();
    });
    const limit = clock.after(partingLimit, () => finish());
    const finish = (): void => {
      poll.cancel();
      limit.cancel();
      for (const c of sockets) c.destroy();
      resolve();
    };
  });
}
