// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rib } from "../bgp/rib/rib.ts";
import type { Origination } from "../evpn/types.ts";
import { Announcer } from "./announcer.ts";

test("routes of one turn go into the RIB together after it, any number of them", async () => {
  const nlri = Uint8Array.of(2);
  let withdrawn = 0;
  let changed = 0;
  const rib = { withdrawLocal: () => void withdrawn++ } as unknown as Rib;
  const announcer = new Announcer(
    () => rib,
    () => void changed++,
  );
  announcer.add(Array.from({ length: 200_000 }, (): Origination => ({ kind: "withdraw", nlri })));
  announcer.add([{ kind: "withdraw", nlri }]);
  assert.deepEqual([withdrawn, changed], [0, 0]);
  await Promise.resolve();
  assert.deepEqual([withdrawn, changed], [200_001, 1]);
});
