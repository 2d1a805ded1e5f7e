// SPDX-License-Identifier: Apache-2.0
/**
 * How many faults of peers are answered as the RFCs want it, by Weft and by FRR, as reflectors on the same table of cases:
 * `node bench/hostile/rules.ts [--make weft|frr] [--side internal|external]`. Needs root.
 *
 * 2026-11-20, Debian 12, two cores:
 *
 * | faults | Weft | FRR 8.4.4 |
 * |---|---|---|
 * | header, OPEN, state machine | 24 of 24 | 21 of 24 |
 * | UPDATEs from within the AS | 146 of 146 | 41 of 146: it follows RFC 7606 for external peers only |
 * | UPDATEs from another AS | 146 of 146 | 86 of 146 |
 */
import { parseArgs } from "node:util";
import { Scratch } from "../../test/harness/scratch.ts";
import { Arena, type Make } from "../../test/hostile/arena.ts";
import { sessionCases } from "../../test/hostile/session-cases.ts";
import { type Side, updateCases } from "../../test/hostile/update-cases.ts";

const { values } = parseArgs({
  options: {
    make: { type: "string", multiple: true, default: ["weft", "frr"] },
    side: { type: "string", multiple: true, default: ["internal", "external"] },
  },
});
const net = new Scratch("hosbench");
try {
  for (const make of values.make as Make[]) await measure(make);
} finally {
  await net.remove();
}

async function measure(make: Make): Promise<void> {
  const arena = await Arena.start(net, make);
  const failed: string[] = [];
  for (const c of sessionCases) {
    const answer = await arena.answer(c).catch((error: unknown) => String(error));
    if (!c.wanted.some((w) => answer.startsWith(w))) failed.push(`${c.what}: ${answer}, not ${c.wanted.join(" or ")}`);
  }
  console.log(`${make}: sessions: ${sessionCases.length - failed.length} of ${sessionCases.length} as the RFCs want it`);
  for (const f of failed) console.log(`  ${f}`);
  for (const side of values.side as Side[]) await measureUpdates(arena, make, side);
}

async function measureUpdates(arena: Arena, make: Make, side: Side): Promise<void> {
  const cases = updateCases(side);
  const failed: string[] = [];
  let [observer, sender] = [await arena.observer(), await arena.established({}, side)];
  for (const c of cases) {
    const outcome = await arena.judge(c, side, sender, observer).catch(() => "nothing");
    if (!c.wanted.includes(outcome as never)) failed.push(`${c.what}: ${outcome}, not ${c.wanted.join(" or ")}`);
    else if (observer.faults.length > 0) failed.push(`${c.what}: passed on: ${observer.faults[0]}`);
    else if (observer.peer.closed) failed.push(`${c.what}: another session was lost`);
    observer.faults.length = 0;
    if (observer.peer.closed) observer = await arena.observer();
    if (sender.closed) sender = await arena.established({}, side);
  }
  sender.close();
  observer.peer.close();
  console.log(`${make}: UPDATEs, ${side} peers: ${cases.length - failed.length} of ${cases.length} as the RFCs want it`);
  for (const f of failed) console.log(`  ${f}`);
}
