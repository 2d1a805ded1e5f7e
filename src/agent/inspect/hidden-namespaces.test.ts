// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { hidesNamespaces } from "./hidden-namespaces.ts";

// Debian 12, `cat /proc/self/mountinfo`: plain, after `ip netns add`, and under `ip netns exec`.
const root = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw";
const run = "30 22 0:25 / /run rw,nosuid shared:5 - tmpfs tmpfs rw";
const netns = "90 30 0:25 /netns /run/netns rw,nosuid shared:5 - tmpfs tmpfs rw";
const slave = (line: string): string => line.replace("shared", "master");

test("names are hidden where the folder only receives mounts", () => {
  assert.equal(hidesNamespaces([root, run].join("\n")), false);
  assert.equal(hidesNamespaces([root, run, netns, ""].join("\n")), false);
  assert.equal(hidesNamespaces([root, run, slave(netns)].join("\n")), true);
  assert.equal(hidesNamespaces([slave(root), slave(run)].join("\n")), true);
  // Made shared again below, as a new peer group: it still gives nothing to the one above.
  assert.equal(hidesNamespaces([root, run, netns.replace("shared:5", "shared:9 master:5")].join("\n")), true);
  // A folder of its own over it.
  assert.equal(hidesNamespaces([slave(root), slave(run), netns].join("\n")), false);
  assert.equal(hidesNamespaces([slave(root), run, "91 22 0:9 / /run/netnsx rw master:7 - tmpfs t rw"].join("\n")), false);
});
