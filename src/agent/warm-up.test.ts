// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentConfig } from "./testing/fake-host.ts";
import { warmUp, warmUpRoutes } from "./warm-up.ts";

test("made-up routes go all the way to requests for the kernel, whatever the configuration of the agent is", async () => {
  const config = agentConfig("networks: [{ name: plain, vni: 100 }]");
  assert.ok((await warmUp(config)) >= 2 * warmUpRoutes);
  const { vtep: _, ...without } = config;
  assert.ok((await warmUp({ ...without, adopt: false })) >= 2 * warmUpRoutes);
});
